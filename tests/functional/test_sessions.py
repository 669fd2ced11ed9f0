"""/api/sessions: what ties a notebook's path to a kernel."""

import pytest
from test_rest import NOWHERE, UUID, assert_error, assert_kernel_model


@pytest.fixture
def session(daemon, request):
    """A session of its own path; it and its kernel are deleted afterwards."""
    body = {"path": f"{request.node.name}.ipynb", "name": "a", "type": "notebook", "kernel": {"name": "python3"}}
    response = daemon.post("/api/sessions", json=body)
    assert response.status_code == 201, response.text
    yield response.json()
    daemon.delete(f"/api/sessions/{response.json()['id']}")


def test_session_from_birth_to_death(daemon):
    body = {"path": "deep/one.ipynb", "name": "one", "type": "notebook", "kernel": {"name": "python3"}}
    created = daemon.post("/api/sessions", json=body)
    assert created.status_code == 201, created.text
    model = created.json()
    assert UUID.fullmatch(model["id"])
    assert (model["path"], model["name"], model["type"]) == ("deep/one.ipynb", "one", "notebook")
    assert model["notebook"] == {"path": "deep/one.ipynb", "name": "one"}
    assert_kernel_model(model["kernel"], name="python3")
    assert created.headers["Location"] == f"/api/sessions/{model['id']}"
    assert daemon.get(f"/api/sessions/{model['id']}").json()["kernel"]["id"] == model["kernel"]["id"]
    assert model["id"] in [session["id"] for session in daemon.get("/api/sessions").json()]
    assert daemon.delete(f"/api/sessions/{model['id']}").status_code == 204
    assert_error(daemon.get(f"/api/sessions/{model['id']}"), 404)
    assert_error(daemon.get(f"/api/kernels/{model['kernel']['id']}"), 404)


def test_a_path_has_one_session(daemon, session):
    again = daemon.post(
        "/api/sessions", json={"path": session["path"], "type": "notebook", "kernel": {"name": "python3"}}
    )
    assert again.status_code == 201
    assert again.json()["id"] == session["id"] and again.json()["kernel"]["id"] == session["kernel"]["id"]


def test_session_on_an_existing_kernel(daemon, kernel_id):
    body = {"path": "shared.ipynb", "type": "notebook", "kernel": {"id": kernel_id}}
    model = daemon.post("/api/sessions", json=body).json()
    assert model["kernel"]["id"] == kernel_id
    daemon.delete(f"/api/sessions/{model['id']}")


def test_the_older_form_of_a_request(daemon):
    response = daemon.post("/api/sessions", json={"notebook": {"path": "old.ipynb"}, "kernel": {"name": None}})
    assert response.status_code == 201, response.text
    assert response.json()["path"] == "old.ipynb" and response.json()["type"] == "notebook"
    daemon.delete(f"/api/sessions/{response.json()['id']}")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"type": "notebook"}', b'{"path": "a.ipynb"}', b'{"path": 5, "type": "notebook"}']
)
def test_bad_requests(daemon, body):
    assert_error(daemon.post("/api/sessions", data=body), 400)


def test_unknown_kernelspec(daemon):
    body = {"path": "x.ipynb", "type": "notebook", "kernel": {"name": "nothing"}}
    response = daemon.post("/api/sessions", json=body)
    assert response.status_code == 501, response.text
    assert "nothing" in response.json()["message"] and response.json()["short_message"]


def test_patch_of_path_name_and_type(daemon, session):
    url = f"/api/sessions/{session['id']}"
    changed = daemon.patch(url, json={"path": "moved.ipynb", "name": "b", "type": "console"})
    assert changed.status_code == 200
    model = changed.json()
    assert (model["path"], model["name"], model["type"]) == ("moved.ipynb", "b", "console")
    assert model["id"] == session["id"] and model["kernel"]["id"] == session["kernel"]["id"]
    assert daemon.get(url).json()["path"] == "moved.ipynb"


def test_patch_to_another_kernel_ends_the_old_one(daemon, session):
    url = f"/api/sessions/{session['id']}"
    model = daemon.patch(url, json={"kernel": {"name": "python3"}}).json()
    assert model["id"] == session["id"] and model["kernel"]["id"] != session["kernel"]["id"]
    assert_error(daemon.get(f"/api/kernels/{session['kernel']['id']}"), 404)
    other = daemon.start_kernel()
    moved = daemon.patch(url, json={"kernel": {"id": other}})
    assert moved.status_code == 200 and moved.json()["kernel"]["id"] == other
    assert_error(daemon.get(f"/api/kernels/{model['kernel']['id']}"), 404)


def test_bad_patches(daemon, session):
    url = f"/api/sessions/{session['id']}"
    assert_error(daemon.patch(url, data=b"{"), 400)
    assert_error(daemon.patch(url, json={"kernel": {"id": NOWHERE}}), 400)
    assert daemon.patch(url, json={"kernel": {"name": "nothing"}}).status_code == 501
    after = daemon.get(url).json()
    assert after["kernel"]["id"] == session["kernel"]["id"] and after["path"] == session["path"]


def test_no_such_session(daemon):
    url = f"/api/sessions/{NOWHERE}"
    for method in ("GET", "PATCH", "DELETE"):
        assert_error(daemon.request(method, url, json={"path": "a"} if method == "PATCH" else None), 404)


def test_a_session_goes_with_its_kernel(daemon, session):
    daemon.stop_kernel(session["kernel"]["id"])
    assert session["id"] not in [entry["id"] for entry in daemon.get("/api/sessions").json()]
    assert daemon.get(f"/api/sessions/{session['id']}").status_code == 404


def test_delete_of_a_session_whose_kernel_has_gone(daemon, session):
    daemon.stop_kernel(session["kernel"]["id"])
    assert_error(daemon.delete(f"/api/sessions/{session['id']}"), 410)
