# Recipes of the project.  ./justw RECIPE needs only git and Python; plain `just` works after setup.
set positional-arguments

RUNNER := "*/executions/service.py,*/executions/runner.py,*/executions/process.py,*/executions/shim.py,*/executions/journaling.py,*/executions/records.py,*/executions/preparing.py,*/executions/prompts.py,*/executions/commands.py,*/executions/groups.py,*/executions/outcomes.py"

export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

# List the recipes
default:
    @just --list --unsorted

# Install everything into .venv (./justw does it by itself)
setup:
    @./justw --version

# Serve this project's plan, rebuild on change, reload open pages
serve *args:
    @exec planner serve "$@"

# Run the service for others to use: Gunicorn in the foreground (docs/operations.md)
deploy *args:
    @exec gunicorn -c gunicorn.conf.py "$@"

# Check this deployment, and say how to mend what is wrong
doctor *args:
    planner doctor "$@"

# Write .env.example anew from the settings
env-example:
    planner settings > .env.example

# Look up known vulnerabilities of the locked dependencies; fails where no advisory source answers
audit *args:
    pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements.lock "$@"

# Build the static site into site/
build *args:
    planner build "$@"

# Check the plan: exit code 1 when it has errors
check *args:
    planner check "$@"

# Three processes even on two cores: each often waits for a service to start, to end, or to be due.
# Run the tests (browser tests are skipped, with the reason, where no Chromium is)
test *args:
    python -m pytest -n 3 --dist loadfile --no-loadscope-reorder "$@"

# Test many savers at once in full: 50 of them, 1,000 saves, 200 kills, 10,000 edits; takes an hour
savers:
    SAVERS=full CODEC_EXAMPLES=10000 python -m pytest tests/planner/edit/test_many_savers.py tests/planner/codec/test_editing_properties.py tests/service/planning/test_survival.py

# Send 1,000 deliveries three times each to a service that is killed 25 times meanwhile
storm:
    STORM=full python -m pytest -s tests/service/events/test_storm.py

# Let 500 readers at a time come and go while a command prints, then one read a million lines
readers:
    READERS=full python -m pytest -s tests/service/executions/test_many_readers.py

# Install the agents' command-line programs from npm and look up every flag that is passed to them
agent-flags:
    #!/usr/bin/env bash
    set -euo pipefail
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    npm install --silent --no-audit --no-fund --prefix "$folder" \
        @anthropic-ai/claude-code @openai/codex @google/gemini-cli opencode-ai
    REAL_PROGRAMS="$folder/node_modules/.bin" python -m pytest tests/service/executions/test_agent_flags.py

# Lint, check the format, check the types
lint:
    ruff check .
    ruff format --check .
    mypy

# Mend what the linters can mend
format:
    ruff check --fix .
    ruff format .

# Measure speed beside Hugo: prints tables, fails on nothing (see docs/performance.md)
bench *args:
    python bench/bench.py "$@"

# Measure the service beside a bare Flask app on the same gunicorn: prints a table, fails on nothing
bench-service *args:
    python bench/serving.py "$@"

# Measure signed webhooks per second beside a bare Flask route and Debian's webhook
bench-webhooks *args:
    python bench/webhooks.py "$@"

# Measure forms, saves until the page shows them, and readers beside savers, at 5,000 requirements
bench-editing *args:
    python bench/editing.py "$@"

# See how the service answers under load: streams, a child that writes, builds from nothing
load *args:
    python bench/under_load.py "$@"

# See how fast lines of a command get to 1, 100 and 1,000 readers, and what the service does meanwhile
live-lines *args:
    PYTHONPATH=. python bench/live_lines.py "$@"

# Measure first words, forms beside 40 streams, and how fast a cancel frees the model's connection
bench-assistant *args:
    PYTHONPATH=. python bench/assistant.py "$@"

# Score the configured model on five briefs, or test the harness with --rehearsal (docs/ai.md)
eval *args:
    python -m bench.evaluation "$@"

# Measure the test coverage
coverage:
    coverage erase
    coverage run -m pytest
    coverage combine --quiet
    coverage report

# Measure how much of the runner its tests reach: at least 95 % of lines and branches
coverage-runner:
    coverage erase
    # Not the floods: measured they take ten times as long, and reach nothing that others do not.
    coverage run -m pytest -q tests/service/executions -k "not gibibyte and not many_readers"
    coverage combine --quiet
    coverage report --fail-under=95 --include="{{ RUNNER }}"

# Make the screenshot of the README from the built site
screenshot:
    python -m pytest tests/browser/test_screenshot.py --screenshot

# Build the wheel into dist/
wheel:
    uv build --quiet --wheel --no-build-isolation

# Lock the dependencies anew, with hashes and without addresses
lock:
    uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements.lock
