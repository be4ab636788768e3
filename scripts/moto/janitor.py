"""The packed package's command line, as a user runs it."""

import json
import pathlib
import subprocess


class Janitor:
    def __init__(self, cli, folder, settings):
        self.cli = cli
        self.folder = pathlib.Path(folder)
        self.settings = self.folder / "settings.json"
        self.settings.write_text(json.dumps(settings, indent=2))
        self.runs = 0

    def run(self, command, environment, record):
        """The exit status and the report; `record` is a folder of the account's own."""
        self.runs += 1
        output = self.folder / f"report-{self.runs}.json"
        arguments = [command, "--settings", self.settings, "--format", "json", "--output", output, "--record-dir", self.folder / record]
        done = subprocess.run([self.cli, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=600)
        if not output.exists() or not output.read_text():
            raise RuntimeError(f"{command} ended with {done.returncode} and no report:\n{done.stdout}{done.stderr}")
        return done.returncode, json.loads(output.read_text())


def verdicts(report):
    """`verdict: reason, reason` by image ID."""
    return {image["id"]: f"{image['verdict']}: {', '.join(sorted({reason['code'] for reason in image['reasons']}))}" for image in report["images"]}


def with_verdict(report, verdict):
    return {image["id"] for image in report["images"] if image["verdict"] == verdict}


def with_outcome(report, status):
    return {image["id"] for image in report["images"] if image["outcome"]["status"] == status}
