"""What gunicorn loads: `service.wsgi:app`."""

from service.serving import serve

app = serve()
