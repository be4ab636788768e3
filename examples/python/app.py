"""The same as in TypeScript: report on most repositories, in Lambda, and clean up one team's, in CodeBuild."""
from aws_cdk import App, Duration, Stack, TimeZone, aws_ecr as ecr, aws_scheduler as scheduler, aws_sns as sns
from cdk_image_janitor import (
    ContainerImageRule,
    ImageJanitor,
    JanitorMode,
    Runner,
    TaskDefinitionRevisions,
    UsageSource,
)

app = App()
stack = Stack(app, "ImageJanitors")

ImageJanitor(
    stack,
    "Report",
    container_images=[ContainerImageRule(repositories=["*"], expire_after=Duration.days(90))],
)

repository = ecr.Repository(stack, "Repository")
topic = sns.Topic(stack, "Topic", enforce_ssl=True)
janitor = ImageJanitor(
    stack,
    "CleanUp",
    mode=JanitorMode.ENFORCE,
    schedule=scheduler.ScheduleExpression.cron(week_day="MON", hour="8", minute="0", time_zone=TimeZone.ASIA_TOKYO),
    container_images=[
        ContainerImageRule(
            repositories=["team/*"],
            ecr_repositories=[repository],
            expire_after=Duration.days(14),
            keep_latest=10,
            keep_tags=["latest", "release-*"],
        )
    ],
    usage=[UsageSource.ecs(task_definition_revisions=TaskDefinitionRevisions.newest(10))],
    runner=Runner.code_build(timeout=Duration.hours(2)),
    notify=[topic],
)
janitor.metric_held_images().create_alarm(stack, "ManyHeldImages", threshold=100, evaluation_periods=1)

app.synth()
