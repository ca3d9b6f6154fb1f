"""What gunicorn loads: `service.wsgi:app`."""

from service.app import create_app
from service.errors import ConfigurationError
from service.master import attend, current_settings, refuse_in_worker, require_patched
from service.services import services_of

try:
    require_patched()
    app = create_app(current_settings())
except ConfigurationError as error:
    refuse_in_worker(error)
attend(services_of(app))
