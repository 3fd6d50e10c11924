"""What methods/sagemaker reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "sagemaker"

MESSAGES: Mapping[str, Message] = {
    "aws-bad-arn": Message(
        '"{arn}" is not the ARN of a tracking server: {detail}.',
        "An ARN begins with arn:aws:sagemaker: and names region, account and tracking server.",
        "aws sagemaker list-mlflow-tracking-servers",
        "shows yours; and then: quickstart login sagemaker "
        "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/my-server",
    ),
    "aws-bad-region": Message(
        '"{region}" is no region of AWS.',
        "A region has a name such as eu-west-1 or us-east-1.",
        "quickstart login sagemaker --region eu-west-1",
    ),
    "aws-busy": Message(
        "{url} takes nothing more at the moment: {message}",
        "Your account has used up what AWS allows in a second (429).",
        "sleep 60; {again}",
    ),
    "aws-down": Message(
        "{url} is in trouble: it answered {status}. {message}",
        "That is at AWS's end, or at a proxy on the way; a server that was stopped or is being updated answers so too.",
        "aws sagemaker list-mlflow-tracking-servers --region {region}",
        "shows how it is; and then: {again}",
    ),
    "aws-forbidden": Message(
        "You are known to AWS, but may not use MLflow on {arn}: {message}",
        "The user or role that you are has no policy that allows it (403).",
        "{grant}",
        "by an administrator; and then: {again}",
    ),
    "aws-login-expired": Message(
        "The login of AWS profile {profile} has expired, or was never made: {detail}",
        "A single sign-on lasts some hours; programs can use it, but not renew it.",
        "{renew}",
        "and then: {again}",
    ),
    "aws-mlflow-too-old": Message(
        "MLflow {version} in {python} is too old for SageMaker.",
        "Its plugin needs MLflow {oldest} or newer, and installed beside an older one it would break that.",
        "python3 -m venv .venv-mlflow && quickstart login sagemaker --python .venv-mlflow/bin/python",
    ),
    "aws-no-credentials": Message(
        "There are no AWS credentials here.",
        "boto3 found none: not in this shell, not in ~/.aws, and this machine has no role.",
        "aws configure",
        "keeps an access key, and aws configure sso a single sign-on; and then: {again}",
    ),
    "aws-no-server": Message(
        "There is no {arn}: {message}",
        "It was deleted, its name is misspelt, or it is in another region than {region}.",
        "aws sagemaker list-mlflow-tracking-servers --region {region}",
        "shows what there is; and then: {again}",
    ),
    "aws-not-running": Message(
        'The tracking server "{name}" takes no requests: it is {status}.',
        "A server that is stopped costs nothing, and answers nobody.",
        "{fix}",
    ),
    "aws-not-sagemaker": Message(
        "Somebody answers at {url}, but it is not SageMaker: {seen}",
        "A login page stands before everything (a proxy, a captive portal), or SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT is "
        "the address of something else.",
        "unset SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT",
        "if you did not mean it; and then: {again}",
    ),
    "aws-partition": Message(
        "{arn} is in a part of AWS that MLflow's plugin cannot call: {partition}.",
        "sagemaker-mlflow knows {known}.",
        "quickstart login sagemaker",
        "with a server in one of those",
    ),
    "aws-plain-http": Message(
        "Nothing is signed for {url}: everybody on the way could use it.",
        "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT names it, and it begins with http://, which is not encrypted.",
        "unset SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT",
        "and then: {again}",
    ),
    "aws-plugin-missing": Message(
        "MLflow in {python} cannot read an ARN.",
        "Its plugin for SageMaker, sagemaker-mlflow, is not installed there.",
        "{python} -m pip install sagemaker-mlflow",
        "and then: {again}",
    ),
    "aws-profile-unknown": Message(
        'There is no AWS profile "{profile}".',
        "--aws-profile or AWS_PROFILE names it. There are: {known}.",
        "aws configure --profile {profile}",
        "makes it; and then: {again}",
    ),
    "aws-region-mismatch": Message(
        "{arn} is in {region}, not in {given}.",
        "A server is in one region, and its ARN says which.",
        "{again}",
    ),
    "aws-region-unknown": Message(
        'SageMaker has no MLflow in "{region}": there is no machine named {host}.',
        "The region in the ARN is misspelt, it has no MLflow, or there is no network here ({detail}).",
        "",
        "check the region, and then: {again}",
    ),
    "aws-s3-denied": Message(
        "Metrics arrive at {arn}, but files do not: {seen}",
        "MLflow writes files into the server's bucket itself, and you may not, although your runs were logged: {where}",
        "",
        "ask whoever manages your AWS account for s3:PutObject, s3:GetObject and s3:ListBucket; and then: {again}",
    ),
    "aws-sdk-missing": Message(
        "boto3 is needed to sign what is sent to SageMaker, and {python} has none.",
        "It comes with MLflow's plugin for SageMaker.",
        "{python} -m pip install sagemaker-mlflow",
        "and then: {again}",
    ),
    "aws-source-failed": Message(
        "The credentials of AWS profile {profile} could not be read: {detail}",
        "~/.aws/config or ~/.aws/credentials is damaged, or a program or service that they name failed.",
        "aws sts get-caller-identity --profile {profile}",
        "shows more; and then: {again}",
    ),
    "aws-unreachable": Message(
        "AWS could not be asked for credentials: {detail}",
        "There is no network, or a proxy is needed.",
        "export HTTPS_PROXY=http://your-proxy:port",
        "if you need one, and then: {again}",
    ),
}
