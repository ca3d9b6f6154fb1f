"""The yardstick: a bare Flask app that answers like the service and does nothing else."""

from flask import Flask, Response, jsonify, request

app = Flask(__name__)


@app.get("/admin/triggers")
def triggers() -> Response:
    """As an empty list of triggers."""
    return jsonify(triggers=[], total=0)


@app.post("/")
def receive() -> tuple[Response, int]:
    """As an accepted delivery: the body is read and forgotten."""
    request.get_data()
    return jsonify(delivery="0", matched=[]), 202


@app.get("/health/readiness")
def readiness() -> Response:
    """As the service tells it to a key."""
    return jsonify(status="ok", timestamp="2026-01-01T00:00:00.000Z", components={"database": "ok"})


@app.get("/health/liveness")
def liveness() -> Response:
    """As the service."""
    return jsonify(status="ok")
