"""JupyterHub beside Corncob: its users are Corncob's tenants, and their servers start kernels there."""

import hmac
import os
from pathlib import Path

from jupyterhub.auth import Authenticator

c = get_config()  # noqa: F821


def secret(name):
    return Path("/run/secrets", name).read_text().strip()


def users():
    """{name: password}, as make-secrets has written them; read at every login, so a new user need not wait."""
    return dict(line.split() for line in secret("users").splitlines())


# --- who may come. In production this is your OAuth, LDAP or the like: replace the class and admin_users.
class PasswordEach(Authenticator):
    async def authenticate(self, handler, data):
        password = users().get(data["username"], "")
        known = password and hmac.compare_digest(password.encode(), data["password"].encode())
        return data["username"] if known else None


c.JupyterHub.authenticator_class = PasswordEach
c.Authenticator.allow_all = True  # who has a password
c.Authenticator.admin_users = set(list(users())[:1])
c.Authenticator.username_pattern = r"^[a-z][a-z0-9._-]{0,31}$"  # names become folders

# --- Corncob. It is a service of the Hub: the Hub's proxy shows it at /services/corncob/, and it asks the Hub whose a
# token is. Users may reach it, and so may their servers, with the token that each of those has.
access = "access:services!service=corncob"
corncob = "http://corncob:8888"
c.JupyterHub.services = [
    {"name": "corncob", "url": corncob, "api_token": secret("corncob_api_token"), "oauth_no_confirm": True},
    {"name": "prometheus", "api_token": secret("hub_metrics_token")},
]
c.JupyterHub.load_roles = [
    {"name": "user", "scopes": ["self", access]},
    {"name": "metrics", "services": ["prometheus"], "scopes": ["read:metrics"]},
]
c.Spawner.server_token_scopes = ["users:activity!user", "access:servers!server", access]
c.Spawner.environment = {
    "JUPYTER_GATEWAY_URL": corncob + "/services/corncob",
    "JUPYTER_GATEWAY_AUTH_TOKEN": lambda spawner: spawner.api_token,
    "JUPYTER_GATEWAY_REQUEST_TIMEOUT": "60",
}

# --- the users' servers: processes of this container (README.md says how it goes with DockerSpawner and KubeSpawner).
# They all run as one system user, so nothing may run code here: kernels run in Corncob, terminals are off, and a user
# reaches the notebooks folder alone, which Corncob has at the same place.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "/srv/jupyterhub/home/{username}"
c.Spawner.notebook_dir = "/srv/notebooks/{username}"
c.Spawner.default_url = "/lab"
c.Spawner.args = [
    "--ServerApp.terminals_enabled=False",
    "--LabApp.extension_manager=readonly",  # an extension of the server's would be code that runs here
    "--LabApp.news_url=None",
]
c.Spawner.pre_spawn_hook = lambda spawner: os.makedirs(f"/srv/notebooks/{spawner.user.name}", 0o700, exist_ok=True)

# --- addresses, and what is kept: in the volume, whose files are made at the first start.
c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.hub_bind_url = "http://:8081"
c.JupyterHub.hub_connect_url = "http://jupyterhub:8081"
c.JupyterHub.db_url = "sqlite:////srv/jupyterhub/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "/srv/jupyterhub/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = "/tmp/jupyterhub-proxy.pid"
