"""Runs the packed command line against moto and the embedded AWS, filled with the same scenario, and compares. See docs/moto.md."""

import json
import pathlib
import signal
import sys
import tempfile

from consumers import images_in_use, missing
from fill import Account, Images
from janitor import Janitor, verdicts, with_outcome, with_verdict
from proxy import Proxy
from servers import embedded, environment_for, moto

OUT_OF_SCOPE = "out of scope"


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, sentence, holds, detail=""):
        if holds:
            self.passed += 1
            print(f"  ok    {sentence}", flush=True)
        else:
            self.failed += 1
            print(f"  FAIL  {sentence}{f': {detail}' if detail else ''}", flush=True)

    def equal(self, sentence, actual, expected, name=str):
        """For sets and dictionaries: says what differs, and nothing else."""
        if isinstance(expected, dict):
            actual, expected = set(actual.items()), set(expected.items())
        parts = [(word, sorted(map(name, each))) for word, each in (("too much", actual - expected), ("lacking", expected - actual))]
        self.that(sentence, actual == expected, "; ".join(f"{word}: {', '.join(each)}" for word, each in parts if each))


class Comparison:
    """The scenario and what is expected of it, by image ID."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.images = Images(scenario)
        self.keys = {self.images.id(key): key for key in self.images.steps}
        self.exceptions = {key: verdict for each in scenario["motoExceptions"] for key, verdict in each["images"].items()}
        self.expected = self._by_id(scenario["expect"])
        self.expected_on_moto = self._by_id({**scenario["expect"], **self.exceptions})
        if set(scenario["expect"]) != set(self.images.steps):
            raise ValueError(f"images without expectation, or the reverse: {set(scenario['expect']) ^ set(self.images.steps)}")

    def _by_id(self, expectations):
        return {self.images.id(key): verdict for key, verdict in expectations.items() if verdict != OUT_OF_SCOPE}

    def name(self, item):
        if isinstance(item, tuple):
            return f"{self.name(item[0])} {item[1]}"
        return self.keys.get(item, item)


def retired(expected):
    return {id for id, verdict in expected.items() if verdict.startswith("delete:")}


def check_fails_closed(checks, comparison, janitor, account, environment):
    """moto has no ListServiceDeployments: what a service could roll back to is not known, so nothing may go."""
    print("\nmoto as it is (no ListServiceDeployments): fails closed")
    before = account.digests()
    would_go = {
        id: "hold: held-by-parent" if comparison.expected_on_moto[id] == "delete: parent-expired" else "hold: usage-incomplete"
        for id in retired(comparison.expected_on_moto)
    }
    checks.equal("the scenario is in moto, image for image", before, set(comparison.keys), comparison.name)
    for command in ("plan", "sweep"):
        status, report = janitor.run(command, environment, "moto-incomplete")
        checks.that(f"{command} ends with exit status 3", status == 3, str(status))
        checks.that(f"{command} reports the run as INCOMPLETE", report["run"]["status"] == "INCOMPLETE", report["run"]["status"])
        incomplete = {each["source"]: " ".join(problem["text"] for problem in each["problems"]) for each in report["run"]["completeness"] if each["status"] == "INCOMPLETE"}
        checks.that(f"{command} names the source (ecs) and nothing but it", set(incomplete) == {"ecs"}, str(incomplete))
        checks.that(f"{command} names the operation (ListServiceDeployments)", "ListServiceDeployments" in incomplete.get("ecs", ""), str(incomplete))
        told = [message["text"] for message in report["run"]["messages"] if message["level"] == "error"]
        checks.that(f"{command} tells it as an error of the run", any("ecs" in text and "ListServiceDeployments" in text for text in told), str(told))
        checks.equal(f"{command} retires nothing", with_verdict(report, "delete") | with_outcome(report, "deleted"), set(), comparison.name)
        held = {id: verdict for id, verdict in verdicts(report).items() if id in would_go}
        checks.equal(f"{command} holds what would otherwise go, for want of that answer", held, would_go, comparison.name)
    checks.equal("every image is still there", account.digests(), before, comparison.name)


def check_verdicts(checks, comparison, janitor, accounts):
    print("\nthe verdicts on the same scenario")
    found = {}
    for name, (_, environment) in accounts.items():
        status, report = janitor.run("plan", environment, name)
        complete = status == 0 and all(each["status"] == "COMPLETE" for each in report["run"]["completeness"])
        checks.that(f"{name}: plan ends with exit status 0, every source complete", complete, f"{status}, {report['run']['messages']}")
        found[name] = verdicts(report)
    checks.equal("embedded AWS: verdict and reasons of every image are the expected ones", found["embedded AWS"], comparison.expected, comparison.name)
    checks.equal("moto: verdict and reasons of every image are the expected ones", found["moto"], comparison.expected_on_moto, comparison.name)
    differing = {comparison.name(id) for id in found["moto"].keys() | found["embedded AWS"].keys() if found["moto"].get(id) != found["embedded AWS"].get(id)}
    checks.equal("moto and the embedded AWS agree on every image but the written exceptions", differing, set(comparison.exceptions))
    print(f"        {len(found['moto']) - len(differing)} of {len(found['moto'])} images alike; the exceptions:")
    for each in comparison.scenario["motoExceptions"]:
        print(f"        {', '.join(each['images'])}: {each['because']}")


def check_sweep(checks, comparison, janitor, name, account, environment, expected):
    print(f"\na sweep of {name}")
    before, in_use = account.digests(), images_in_use(account)
    checks.that(f"{len(in_use)} images are named by consumers, and there", len(in_use) > 0 and missing(account, in_use) == [], str(missing(account, in_use)))
    status, report = janitor.run("sweep", environment, name)
    checks.that("sweep ends with exit status 0", status == 0, f"{status}: {report['run']['messages']}")
    checks.equal("the report calls deleted what was planned", with_outcome(report, "deleted"), retired(expected), comparison.name)
    checks.equal(f"the registry lost the {len(retired(expected))} planned images and no other", before - account.digests(), retired(expected), comparison.name)
    lost = missing(account, in_use)
    checks.that("everything in use can still be pulled, index by index", lost == [], ", ".join(lost))
    after = account.digests()
    status, again = janitor.run("sweep", environment, name)
    nothing = with_verdict(again, "delete") | with_outcome(again, "deleted")
    checks.that("a second sweep ends with exit status 0", status == 0, f"{status}: {again['run']['messages']}")
    checks.equal("a second sweep has nothing to do", nothing, set(), comparison.name)
    checks.equal("a second sweep changes nothing", account.digests(), after, comparison.name)
    return report


def check_untagged(checks, report):
    """moto deletes an untagged image and does not say so: neither among the deleted nor among the failures."""
    listed = {image["id"] for image in report["images"] if image["outcome"].get("text") == "a listing shows it gone"}
    untagged = {image["id"] for image in report["images"] if not image["tags"]} & with_outcome(report, "deleted")
    checks.that(f"the {len(untagged)} untagged images, of which moto says nothing, were found gone by listing again", untagged and untagged == listed, f"{len(listed)} by listing")


def main(cli):
    checks = Checks()
    comparison = Comparison(json.loads((pathlib.Path(__file__).parent / "scenario.json").read_text()))
    with tempfile.TemporaryDirectory(prefix="check-moto-") as folder, moto(pathlib.Path(folder) / "moto.log") as port, embedded() as embedded_environment:
        janitor = Janitor(cli, folder, comparison.scenario["settings"])
        direct = environment_for(f"http://127.0.0.1:{port}")
        accounts = {}
        for name, environment in (("moto", direct), ("embedded AWS", embedded_environment)):
            account = Account(environment, comparison.images)
            account.fill(comparison.scenario["steps"])
            accounts[name] = (account, environment)
        check_fails_closed(checks, comparison, janitor, *accounts["moto"])

        proxy = Proxy(port)
        print(f"\nFrom here on a proxy stands in front of moto ({proxy.endpoint}): it answers ListServiceDeployments with an empty")
        print("list, as for services that ECS never deployed, and hands everything else on to moto untouched.")
        accounts["moto"] = (accounts["moto"][0], environment_for(proxy.endpoint))
        try:
            check_verdicts(checks, comparison, janitor, accounts)
            report = check_sweep(checks, comparison, janitor, "moto", *accounts["moto"], comparison.expected_on_moto)
            check_untagged(checks, report)
            check_sweep(checks, comparison, janitor, "embedded AWS", *accounts["embedded AWS"], comparison.expected)
        finally:
            proxy.stop()
        print(f"\nThe proxy answered itself: {', '.join(f'{operation} {count} times' for operation, count in proxy.answered.items())}")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed or not checks.passed else 0


if __name__ == "__main__":
    # As an exception, so that the servers are stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    sys.exit(main(sys.argv[1]))
