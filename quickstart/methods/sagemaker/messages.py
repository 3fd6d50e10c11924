"""What methods/sagemaker reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "sagemaker"

MESSAGES: Mapping[str, Message] = {
    "aws-bad-arn": Message(
        '"{arn}" is not the ARN of a tracking server: {detail}.',
        "An ARN begins with arn:aws:sagemaker: and names a region, an account and a tracking server.",
        "aws sagemaker list-mlflow-tracking-servers",
        "This lists your servers. Then run: quickstart login sagemaker "
        "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/my-server",
    ),
    "aws-bad-region": Message(
        'Invalid AWS region "{region}".',
        "A region has a name such as eu-west-1 or us-east-1.",
        "quickstart login sagemaker --region eu-west-1",
    ),
    "aws-busy": Message(
        "{url} is limiting requests (429): {message}",
        "Your account has reached AWS's limit of requests per second.",
        "sleep 60; {again}",
    ),
    "aws-down": Message(
        "{url} failed with status {status}. {message}",
        "The cause is at AWS, or a proxy in between. A tracking server that is stopped or updating fails this way too.",
        "aws sagemaker list-mlflow-tracking-servers --region {region}",
        "This shows its status. Then run: {again}",
    ),
    "aws-forbidden": Message(
        "AWS denied access to MLflow on {arn} (403): {message}",
        "Your user or role has no policy that allows it.",
        "{grant}",
        "{ask} Then run: {again}",
    ),
    "aws-login-expired": Message(
        "AWS profile {profile} is not logged in: {detail}",
        "Its single sign-on has expired or was never started. Only you can renew it.",
        "{renew} && {again}",
    ),
    "aws-mlflow-too-old": Message(
        "MLflow {version} in {python} is too old for SageMaker.",
        "The plugin sagemaker-mlflow needs MLflow {oldest} or newer. Installing it would break this MLflow.",
        "python3 -m venv .venv-mlflow && quickstart login sagemaker --python .venv-mlflow/bin/python",
    ),
    "aws-no-credentials": Message(
        "No AWS credentials found.",
        "boto3 found none in this shell or in ~/.aws, and this machine has no role.",
        "aws configure && {again}",
        "This saves an access key. For single sign-on, use `aws configure sso`.",
    ),
    "aws-no-server": Message(
        "Tracking server {arn} not found: {message}",
        "It was deleted, its name is misspelled, or it is in another region than {region}.",
        "aws sagemaker list-mlflow-tracking-servers --region {region}",
        "This lists the servers. Then run: {again}",
    ),
    "aws-not-running": Message(
        'The tracking server "{name}" is not running: its status is {status}.',
        "A tracking server accepts requests only while it runs.",
        "{fix}",
        "{wait}",
    ),
    "aws-not-sagemaker": Message(
        "{url} is not SageMaker: {seen}",
        "A proxy or captive portal answered with its login page, or SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT names another "
        "service.",
        "unset SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT && {again}",
        "Keep the variable if you set it on purpose.",
    ),
    "aws-partition": Message(
        "MLflow's plugin does not support the AWS partition {partition} of {arn}.",
        "sagemaker-mlflow supports {known}.",
        "quickstart login sagemaker",
        "Choose a server in one of these partitions.",
    ),
    "aws-plain-http": Message(
        "Refusing to send signed requests to {url} over unencrypted HTTP.",
        "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT names this URL.",
        "unset SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT && {again}",
    ),
    "aws-plugin-missing": Message(
        "MLflow in {python} does not support ARNs.",
        "Its plugin for SageMaker, sagemaker-mlflow, is not installed.",
        "{python} -m pip install sagemaker-mlflow && {again}",
    ),
    "aws-profile-unknown": Message(
        'AWS profile "{profile}" not found.',
        "--aws-profile or AWS_PROFILE names it. Existing profiles: {known}.",
        "aws configure --profile {profile} && {again}",
    ),
    "aws-region-mismatch": Message(
        "{arn} is in {region}, not in {given}.",
        "The ARN names the server's region.",
        "{again}",
    ),
    "aws-region-unknown": Message(
        'Cannot reach SageMaker in "{region}": the host {host} does not exist.',
        "The region in the ARN is misspelled or has no MLflow, or the network is down ({detail}).",
        "{again}",
        "Check the region in the ARN first.",
    ),
    "aws-s3-denied": Message(
        "Metrics are logged to {arn}, but artifacts are not: {seen}",
        "MLflow writes artifacts directly to the server's S3 bucket, and you have no access to {where}.",
        "{again}",
        "Ask an administrator of your AWS account for s3:PutObject, s3:GetObject and s3:ListBucket first.",
    ),
    "aws-sdk-missing": Message(
        "boto3 is not installed in {python}.",
        "It signs the requests to SageMaker, and comes with the plugin sagemaker-mlflow.",
        "{python} -m pip install sagemaker-mlflow && {again}",
    ),
    "aws-source-failed": Message(
        "Cannot read the credentials of AWS profile {profile}: {detail}",
        "~/.aws/config or ~/.aws/credentials is damaged, or a program or service they name failed.",
        "aws sts get-caller-identity --profile {profile}",
        "This shows the cause. Then run: {again}",
    ),
    "aws-unreachable": Message(
        "Cannot reach AWS to get credentials: {detail}",
        "The network is down, or you need a proxy.",
        "{again}",
        "If you need a proxy, set it first: `export HTTPS_PROXY=http://PROXY:PORT`",
    ),
}
