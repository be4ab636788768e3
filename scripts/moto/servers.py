"""The two accounts that the scenario is filled into, each a process of its own on a free loopback port."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3

ACCOUNT = "123456789012"
REGION = "us-east-1"
HERE = pathlib.Path(__file__).parent


def base_environment():
    """Of a program that must reach a loopback account and nothing else: a developer's own profile must not leak in."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", ""),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


def environment_for(endpoint):
    return {
        **base_environment(),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "check-moto",
        "AWS_SECRET_ACCESS_KEY": "check-moto",
    }


@contextlib.contextmanager
def moto(log):
    """moto's server; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Without it, moto makes up what an image function's tag resolves to.
    environment = {**base_environment(), "MOTO_LAMBDA_STUB_ECR": "false", "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with open(log, "wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            wait_until_ready(process, port, log)
            prepare_moto(f"http://127.0.0.1:{port}")
            yield port
        finally:
            stop(process)


def wait_until_ready(process, port, log):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"moto ended before it began:\n{pathlib.Path(log).read_text()}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/data.json", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("moto did not start within two minutes")


def prepare_moto(endpoint):
    """What the account needs before the scenario, in moto alone."""
    # moto moves a task on towards its end whenever it is described: here it runs until it is stopped.
    transition = {"model_name": "ecs::task", "transition": {"progression": "manual", "times": 1000000}}
    request = urllib.request.Request(f"{endpoint}/moto-api/state-manager/set-transition", json.dumps(transition).encode())
    urllib.request.urlopen(request, timeout=30).close()
    iam = boto3.client("iam", endpoint_url=endpoint, region_name=REGION, aws_access_key_id="check-moto", aws_secret_access_key="check-moto")
    iam.create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))


@contextlib.contextmanager
def embedded():
    """The embedded AWS; yields the environment that reaches it."""
    command = ["node", str(HERE / "embedded.mjs"), ACCOUNT, REGION]
    process = subprocess.Popen(command, env=base_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the embedded AWS did not start")
        yield {**base_environment(), **json.loads(line)}
    finally:
        process.stdin.close()
        stop(process)


def stop(process):
    try:
        process.terminate()
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
