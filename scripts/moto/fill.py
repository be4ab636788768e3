"""Fills an account with the scenario, over the wire: the same calls for whichever AWS listens."""

import hashlib
import json
import re
import time

import boto3
from botocore.config import Config

OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest_of(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class Images:
    """The manifests of the scenario: a function of the scenario alone, so that both accounts hold the same digests."""

    def __init__(self, scenario):
        self.steps = {step["push"]: step for step in scenario["steps"] if "push" in step}
        self.manifests = {}

    def manifest(self, key):
        if key not in self.manifests:
            self.manifests[key] = json.dumps(self._build(key, self.steps[key]), separators=(",", ":"))
        return self.manifests[key]

    def digest(self, key):
        return digest_of(self.manifest(key))

    def id(self, key):
        return f"{key.split('#')[0]}@{self.digest(key)}"

    def media_type(self, key):
        return json.loads(self.manifest(key))["mediaType"]

    def descriptor(self, key):
        return {"mediaType": self.media_type(key), "size": len(self.manifest(key)), "digest": self.digest(key)}

    def _build(self, key, step):
        docker = step.get("docker", False)
        if "index" in step:
            repository = key.split("#")[0]
            children = [self.descriptor(f"{repository}#{child}") for child in step["index"]]
            return {"schemaVersion": 2, "mediaType": DOCKER_INDEX if docker else OCI_INDEX, "manifests": children}
        config = step.get("config", DOCKER_CONFIG if docker else OCI_CONFIG)
        manifest = {
            "schemaVersion": 2,
            "mediaType": DOCKER_IMAGE if docker else OCI_IMAGE,
            "config": {"mediaType": config, "size": 1000, "digest": digest_of(f"configuration of {key}")},
            "layers": [{"mediaType": LAYER, "size": 1000000, "digest": digest_of(f"layer of {key}")}],
        }
        if "subject" in step:
            manifest["subject"] = self.descriptor(step["subject"])
        return manifest


class Account:
    """An account behind an endpoint, and the steps of the scenario as calls to it."""

    def __init__(self, environment, images):
        session = boto3.Session(
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=environment.get("AWS_SESSION_TOKEN"),
            region_name=environment["AWS_REGION"],
        )
        # A call that fails here is a mistake of the scenario or of the account: trying again would only hide it.
        config = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=60)
        client = lambda name: session.client(name, endpoint_url=environment["AWS_ENDPOINT_URL"], config=config)
        self.ecr, self.ecs, self.functions, self.iam = client("ecr"), client("ecs"), client("lambda"), client("iam")
        self.id = client("sts").get_caller_identity()["Account"]
        self.region = environment["AWS_REGION"]
        self.images = images
        self.tasks = {}

    def fill(self, steps):
        for step in steps:
            verb = next(iter(step))
            getattr(self, "do_" + verb)(step)

    def text(self, template):
        known = {"registry": f"{self.id}.dkr.ecr.{self.region}.amazonaws.com", "account": self.id, "region": self.region}

        def value(match):
            name = match.group(1)
            if name.startswith("sha256-:"):
                return self.images.digest(name[len("sha256-:"):]).replace(":", "-")
            return self.images.digest(name) if "#" in name else known[name]

        return re.sub(r"\{([^}]+)\}", value, template)

    def digests(self):
        """Everything that the registry lists now, as image IDs."""
        found = set()
        for page in self.ecr.get_paginator("describe_repositories").paginate():
            for repository in page["repositories"]:
                name = repository["repositoryName"]
                for images in self.ecr.get_paginator("describe_images").paginate(repositoryName=name):
                    found.update(f"{name}@{image['imageDigest']}" for image in images["imageDetails"])
        return found

    def do_push(self, step):
        repository = step["push"].split("#")[0]
        try:
            self.ecr.create_repository(repositoryName=repository)
        except self.ecr.exceptions.RepositoryAlreadyExistsException:
            pass
        for tag in step.get("tags", [None]):
            self._put(step["push"], tag)

    def do_untagged(self, step):
        """In ECR an image stays when its last tag moves on. Where it went with the tag (moto), it is pushed again, without one."""
        key = step["untagged"]
        if self.images.id(key) not in self.digests():
            self._put(key, None)

    def _put(self, key, tag):
        self.ecr.put_image(
            repositoryName=key.split("#")[0],
            imageManifest=self.images.manifest(key),
            imageManifestMediaType=self.images.media_type(key),
            # moto makes digests up unless it is told.
            imageDigest=self.images.digest(key),
            **({"imageTag": self.text(tag)} if tag else {}),
        )

    def do_nextSecond(self, step):
        """moto's push times are whole seconds: what must be newer has to be pushed in a later one."""
        second = int(time.time())
        while int(time.time()) == second:
            time.sleep(0.05)

    def do_cluster(self, step):
        self.ecs.create_cluster(clusterName=step["cluster"])

    def do_register(self, step):
        containers = [
            {"name": f"container-{place}", "image": self.text(image), "memory": 128, "essential": place == 0}
            for place, image in enumerate(step["images"])
        ]
        self.ecs.register_task_definition(family=step["register"], containerDefinitions=containers)

    def do_deregister(self, step):
        self.ecs.deregister_task_definition(taskDefinition=step["deregister"])

    def do_service(self, step):
        controller = {"deploymentController": {"type": step["controller"]}} if "controller" in step else {}
        definition = {"taskDefinition": step["taskDefinition"]} if "taskDefinition" in step else {}
        self.ecs.create_service(cluster=step["cluster"], serviceName=step["service"], desiredCount=1, **definition, **controller)

    def do_taskSet(self, step):
        self.ecs.create_task_set(cluster=step["cluster"], service=step["service"], taskDefinition=step["taskSet"], launchType="FARGATE")

    def do_run(self, step):
        answer = self.ecs.run_task(cluster=step["cluster"], taskDefinition=step["run"], launchType="FARGATE", count=1)
        if answer["failures"]:
            raise RuntimeError(f"RunTask {step['run']}: {answer['failures']}")
        self.tasks[step["as"]] = answer["tasks"][0]["taskArn"]

    def do_stop(self, step):
        self.ecs.stop_task(cluster=step["cluster"], task=self.tasks[step["stop"]])

    def do_function(self, step):
        role = f"arn:aws:iam::{self.id}:role/function"
        self.functions.create_function(FunctionName=step["function"], PackageType="Image", Role=role, Code={"ImageUri": self.text(step["image"])})

    def do_update(self, step):
        self.functions.update_function_code(FunctionName=step["update"], ImageUri=self.text(step["image"]))

    def do_publish(self, step):
        self.functions.publish_version(FunctionName=step["publish"])
