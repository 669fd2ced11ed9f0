"""Two kernels that live at the same time."""


def two_kernels(daemon, *bodies):
    """Yields their clients; `bodies` are what POST /api/kernels is given for each."""
    clients = [daemon.client(daemon.start_kernel(**body)) for body in bodies or ({}, {})]
    yield clients
    for client in clients:
        client.close(check=False)
        daemon.delete(f"/api/kernels/{client.kernel_id}")


def both(clients, code, *arguments):
    """Runs a cell in both kernels at once; `code` may differ by its %s."""
    ids = [
        client.send_execute(code % argument if arguments else code)
        for client, argument in zip(clients, arguments or clients)
    ]
    return [client.collect(msg_id) for client, msg_id in zip(clients, ids)]


def results(clients, code, *arguments):
    """The results of a cell in both kernels; neither may fail."""
    exchanges = both(clients, code, *arguments)
    for exchange in exchanges:
        assert exchange.reply["status"] == "ok", exchange.reply
    return [exchange.result for exchange in exchanges]
