"""What the consumers of an account would pull now, read without the engine: the independent proof that a sweep broke nothing."""

import json
import re


def images_in_use(account):
    """Every image of this registry that a consumer names or runs, as (repository, tag or digest)."""
    named = set()
    ecs = account.ecs
    for cluster in arns(ecs, "list_clusters", "clusterArns"):
        for service in arns(ecs, "list_services", "serviceArns", cluster=cluster):
            described = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
            definitions = [described.get("taskDefinition"), *(each["taskDefinition"] for each in described.get("taskSets", []))]
            for definition in filter(None, definitions):
                named.update(images_of(ecs, definition))
        for status in ("RUNNING", "STOPPED"):
            for task in arns(ecs, "list_tasks", "taskArns", cluster=cluster, desiredStatus=status):
                for container in ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"][0]["containers"]:
                    digest = container.get("imageDigest")
                    repository = re.sub(r"(@.*|:[^:/]*)$", "", container["image"])
                    named.add(f"{repository}@{digest}" if digest else container["image"])
    newest = {}
    for arn in arns(ecs, "list_task_definitions", "taskDefinitionArns"):
        family, revision = arn.split("/")[-1].split(":")
        newest[family] = max(newest.get(family, 0), int(revision))
    for family, revision in newest.items():
        named.update(images_of(ecs, f"{family}:{revision}"))
    for page in account.functions.get_paginator("list_functions").paginate(FunctionVersion="ALL"):
        for version in page["Functions"]:
            code = account.functions.get_function(FunctionName=version["FunctionName"], Qualifier=version["Version"])["Code"]
            # Not ResolvedImageUri: moto cuts it wrong where the code was given by digest.
            named.add(f"{re.split('[:@]', code['ImageUri'])[0]}@sha256:{version['CodeSha256']}")
    return set(filter(None, (resolve(account, name) for name in named)))


def arns(client, operation, member, **arguments):
    pages = client.get_paginator(operation).paginate(**arguments)
    return [arn for page in pages for arn in page[member]]


def images_of(ecs, definition):
    return [container["image"] for container in ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]["containerDefinitions"]]


def resolve(account, name):
    match = re.fullmatch(rf"{account.id}\.dkr[.-]ecr(?:-fips)?\.{account.region}\.[a-z.]+/([^:@]+)(?::([^@]+))?(?:@(.+))?", name)
    return match and (match.group(1), match.group(3) or match.group(2) or "latest")


def missing(account, in_use):
    """Those that can no longer be pulled whole: an index is as good as its children."""
    lost = []
    for repository, wanted in sorted(in_use):
        pending = [{"imageDigest" if wanted.startswith("sha256:") else "imageTag": wanted}]
        while pending:
            answer = account.ecr.batch_get_image(repositoryName=repository, imageIds=[pending.pop()])
            if len(answer["images"]) != 1:
                lost.append(f"{repository} {wanted}")
                break
            manifest = json.loads(answer["images"][0]["imageManifest"])
            pending.extend({"imageDigest": child["digest"]} for child in manifest.get("manifests", []))
    return lost
