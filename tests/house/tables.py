"""The tables of the house rules: which room stands where, and every exception to a rule."""

from __future__ import annotations

# Top to bottom: a room imports only rooms below its line; rooms on one line do not import each other.
LINES = (
    ("cli", "screen"),
    ("demo", "labs", "drills"),
    ("client",),
    ("sim",),
    ("supervisor", "planet", "control", "region"),
    ("console", "aws"),
    ("replication",),
    ("tables",),
    ("dns", "health", "proxy", "accelerator", "cdn", "compute", "vpc", "chaos"),
    ("network",),
    ("management",),
    ("serving",),
    ("protocols",),
    ("geography",),
    ("kernel",),
)

PROGRAMS = ("sandbox/supervisor/*", "sandbox/planet/*", "sandbox/control/*", "sandbox/region/*")

# The region's program forks the app; nobody else knows it.
MAY_IMPORT_DEMO_APP = ("sandbox/region/*", "sandbox/supervisor/*")

# Which files may import a library that is neither ours nor Python's. One file each, but for a library that a face is
# made of. A library without a row is a violation: give it one.
FOREIGN = {
    "boto3": ("sandbox/client/*", "sandbox/demo/*", "sandbox/labs/sight.py", "demo_app/store.py"),
    "botocore": (
        "sandbox/client/*",
        "sandbox/labs/sight.py",
        "sandbox/demo/*",
        "sandbox/drills/stage.py",
        "sandbox/aws/door_clients.py",
        "sandbox/aws/moto_*.py",
        "sandbox/aws/shapes.py",
        "demo_app/store.py",
    ),
    "requests": ("sandbox/client/containers.py",),  # the docker SDK lets its errors through
    "certifi": ("sandbox/serving/tls.py",),
    "cryptography": ("sandbox/serving/tls.py", "sandbox/aws/moto_*.py"),
    "dns": ("sandbox/protocols/dns_wire.py",),
    "fastapi": ("sandbox/console/*",),
    "fastapi_offline": ("sandbox/console/api.py",),
    "docker": ("sandbox/client/containers.py",),
    "flask": ("sandbox/aws/moto_*.py", "demo_app/app.py"),
    "jmespath": ("sandbox/client/aws_steps.py", "sandbox/drills/models.py"),  # as the aws CLI's --query
    "httptools": ("sandbox/protocols/http1.py",),
    "httpx": ("sandbox/client/*",),
    "moto": ("sandbox/aws/moto_*.py", "sandbox/aws/services/*"),
    "orjson": ("sandbox/*",),  # how every room says JSON
    "prometheus_client": ("sandbox/console/metrics.py",),
    "pydantic": (
        "sandbox/supervisor/settings_input.py",
        "sandbox/console/models.py",
        "sandbox/console/models_lessons.py",
        "sandbox/drills/models.py",
    ),
    "pytest": ("sandbox/client/pytest_plugin.py",),
    "rich": ("sandbox/cli/*", "sandbox/demo/*"),
    "sortedcontainers": ("sandbox/tables/*",),
    "starlette": ("sandbox/console/*",),
    "trustme": ("sandbox/serving/tls.py",),
    "typer": ("sandbox/cli/*", "sandbox/demo/command.py"),
    "uvicorn": ("sandbox/console/program.py",),
    "uvloop": ("sandbox/management/program.py",),
    "waitress": ("demo_app/server.py",),
    "werkzeug": ("sandbox/aws/moto_*.py", "sandbox/aws/services/*", "demo_app/app.py"),
    "yaml": ("sandbox/supervisor/settings_file.py",),
}

MAY_READ_CLOCK = ("sandbox/kernel/*",)
MAY_READ_ENVIRONMENT = (*PROGRAMS, "sandbox/screen/__main__.py", "sandbox/cli/*", "sandbox/client/*")
MAY_START_TASKS = ("sandbox/kernel/tasks.py",)
MAY_CATCH_ALL = ("sandbox/serving/server.py", "sandbox/kernel/tasks.py")
MAY_PRINT = (
    *PROGRAMS,
    "sandbox/cli/*",
    "sandbox/demo/*",
    "demo_app/__main__.py",
    "scripts/*",
    # Our own bugs, with their tracebacks, to the program's log:
    "sandbox/kernel/tasks.py",
    "sandbox/management/program.py",
    "sandbox/serving/server.py",
    "sandbox/aws/moto_host.py",
)

# Decisions: no await, no socket, no thread, no logger.
PURE = (
    *("sandbox/*/core.py", "sandbox/*/policy.py", "sandbox/protocols/*", "sandbox/geography/*"),
    # What a drill is, its plan and what a run of it means: the same live and in simulated time.
    *(
        f"sandbox/drills/{name}.py"
        for name in ("values", "models", "reading", "items", "measuring", "judging", "report", "junit", "page", "plots")
    ),
)

# moto reads these names from these files.
MAY_HAVE_LOWER_CASE_TABLES = ("sandbox/aws/services/*/urls.py",)

# Modules without a file of tests of their own, and why. A row whose module has gone, or has tests, is a violation.
TWINLESS = {
    "sandbox/aws/dynamodb_port.py": "a port: a Protocol and its values, no decisions",
    "sandbox/aws/services/cloudformation/urls.py": "a table that moto reads",
    "sandbox/aws/services/stack_resource.py": "what the resources of three services share; their tests use it",
    "sandbox/aws/services/ec2/errors.py": "codes and texts; the tests of models.py meet every one",
    "sandbox/aws/services/ec2/urls.py": "a table that moto reads",
    "sandbox/aws/services/globalaccelerator/exceptions.py": "a table of errors; test_models.py meets each",
    "sandbox/aws/services/globalaccelerator/urls.py": "a table that moto reads",
    "sandbox/aws/services/iam/urls.py": "a table that moto reads",
    "sandbox/aws/services/route53/urls.py": "a table that moto reads",
    **dict.fromkeys(
        (
            "sandbox/console/api.py",
            "sandbox/console/asking.py",
            "sandbox/console/models.py",
            "sandbox/console/models_lessons.py",
            "sandbox/console/pages.py",
            "sandbox/console/program.py",
            "sandbox/console/routes_events.py",
            "sandbox/console/routes_lessons.py",
            "sandbox/console/routes_planet.py",
            "sandbox/console/routes_state.py",
            "sandbox/console/routes_tables.py",
            "sandbox/console/says.py",
        ),
        "the API of a running sandbox: tests/live/console/ asks every route, and schemathesis with any input",
    ),
    "sandbox/serving/measured.py": "a value, no decisions",
    "sandbox/labs/sight.py": "asks a running sandbox: tests/live/test_labs.py does",
    "sandbox/planet/program.py": "a program: tests/live/ runs it as a process",
    "sandbox/control/program.py": "a program: tests/live/ runs it as a process",
    "sandbox/region/engine.py": "connects rooms; tests/live/engines/ runs it against real engines",
    "sandbox/region/program.py": "a program: tests/live/ runs it as a process",
    "sandbox/region/objects.py": "hands parts to each other; tests/live/s3/test_replication.py runs it in real regions",
    "sandbox/replication/objects/port.py": "a port: a Protocol and its values, no decisions",
    "sandbox/region/replication_views.py": "hands calls on; tests/live/test_global_tables.py asks every one",
    "sandbox/supervisor/service.py": "a program: tests/live/ runs it as a process",
    "sandbox/region/nursery.py": "forks processes: tests/live/test_nursery.py does",
    "sandbox/region/keeper.py": "forks processes: tests/live/test_nursery.py does",
    "sandbox/client/agent.py": "acts on containers: tests/containers/ stops and freezes them through it",
    "sandbox/drills/service.py": "a run on a real sandbox: tests/live/test_drills.py",
    "sandbox/drills/stage.py": "acts on a real sandbox: tests/live/test_drills.py",
    "sandbox/demo/load.py": "a thread around the client's steady load, tested in tests/live/test_demo.py",
    "sandbox/planet/world.py": "hands calls on; tests/scenarios/ tells stories with it",
    "sandbox/planet/answers.py": "hands calls on; tests/live/test_command_line.py asks every one",
    "sandbox/sim/world.py": "the virtual world of tests/scenarios/, which compare it with the live one",
}
