"""What methods/azureml reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "azureml"
SHOW_URI = "az ml workspace show --name WORKSPACE --resource-group GROUP --query mlflow_tracking_uri"
LOG_IN_BY_URI = "This prints the tracking URI. Then run: quickstart login azureml --tracking-uri URI"

MESSAGES: Mapping[str, Message] = {
    "azure-authority": Message(
        "Refusing to send the client secret to {authority}.",
        "AZURE_AUTHORITY_HOST names this host, but it is not an Azure authority reachable over HTTPS.",
        "unset AZURE_AUTHORITY_HOST && {again}",
    ),
    "azure-bad-part": Message(
        "Invalid {name}: {detail}",
        "Azure does not allow such names. Nothing was sent.",
        SHOW_URI,
        LOG_IN_BY_URI,
    ),
    "azure-bad-uri": Message(
        '"{uri}" does not identify an Azure ML workspace.',
        "A tracking URI begins with azureml:// and names the subscription, resource group and workspace.",
        SHOW_URI,
        LOG_IN_BY_URI,
    ),
    "azure-busy": Message(
        "{url} is limiting requests (429): {message}",
        "The workspace received too many requests. It asks to wait {seconds} seconds.",
        "sleep {seconds}; {again}",
    ),
    "azure-cli-failed": Message(
        "The az CLI failed: {detail}",
        "quickstart uses it to get a token, as MLflow's plugin does.",
        "az account show && {again}",
    ),
    "azure-cli-missing": Message(
        "The az CLI is not installed.",
        "There is no program named az on PATH.",
        "{again} --device-code",
        "This logs in without it. To install it: https://aka.ms/azure-cli",
    ),
    "azure-cli-silent": Message(
        "The az CLI timed out after {seconds} seconds.",
        "It may be waiting for the network or for another az process.",
        "az account show && {again}",
    ),
    "azure-down": Message(
        "{url} failed with status {status}. {message}",
        "The cause is at Azure, or a proxy in between.",
        "sleep 60; {again}",
        "Azure's status: https://azure.status.microsoft",
    ),
    "azure-identity-missing": Message(
        "azure-identity is not installed: {detail}",
        "This way to log in needs it in the Python environment that has MLflow. It comes with azureml-mlflow.",
        "{again} --own-environment",
        "This creates an environment that has both.",
    ),
    "azure-login-expired": Message(
        "The az CLI is no longer logged in: {detail}",
        "Its login has expired, the password changed, or a second factor is required.",
        "az login && {again}",
    ),
    "azure-no-login": Message(
        "Cannot log in to Azure.",
        "Tried: {tried}.",
        "{login} && {again}",
        "Without the az CLI: `{again} --device-code`",
    ),
    "azure-no-role": Message(
        "Azure denied {me} access to the workspace {workspace}: {message}",
        "You have no role in the workspace. An owner of the workspace can assign one.",
        'az role assignment create --assignee {me} --role "AzureML Data Scientist" --scope {scope}',
        "An owner must run this. A few minutes later, run: {again}",
    ),
    "azure-no-workspace": Message(
        "Workspace {workspace} not found in resource group {group} at {host}: {message}",
        "A name is misspelled, the workspace was deleted, or it is in another region.",
        "az resource list --resource-type Microsoft.MachineLearningServices/workspaces --output table",
        "This lists your workspaces. Then run: {again}",
    ),
    "azure-not-a-workspace": Message(
        "{url} is not an Azure ML workspace: {seen}",
        "The URL belongs to another service, or a proxy or captive portal answered with its login page.",
        "{again}",
        "Check the URL first.",
    ),
    "azure-not-logged-in": Message(
        "The az CLI is not logged in.",
        "You have not logged in with it, or you logged out.",
        "az login && {again}",
    ),
    "azure-plugin-missing": Message(
        "MLflow in {python} cannot log to Azure ML: {why}.",
        "MLflow needs the plugin azureml-mlflow in the same environment for azureml:// URIs.",
        "{command}",
        "Then run: quickstart verify --with-client",
    ),
    "azure-strange-host": Message(
        "Refusing to send an Azure token to {host}.",
        "It is not an Azure host: those end with .api.azureml.ms, .api.ml.azure.cn or .api.ml.azure.us. The token "
        "gives access to everything you can use in Azure.",
        SHOW_URI,
        LOG_IN_BY_URI,
    ),
    "azure-too-new": Message(
        "MLflow {mlflow} in {python} is too new for Azure ML.",
        "The plugin azureml-mlflow supports MLflow up to {newest}. With newer versions, artifacts fail.",
        "quickstart login azureml --own-environment",
        "This creates an environment with compatible versions.",
    ),
    "azure-way-failed": Message(
        "Cannot log in to Azure: {detail}",
        "This is the error from azure-identity, which MLflow's plugin uses to log in.",
        "az login && {again}",
    ),
    "azure-way-silent": Message(
        "{way} timed out after {seconds} seconds.",
        "The identity service did not respond, or you did not complete the login.",
        "az login && {again}",
    ),
    "azure-wrong-cloud": Message(
        "The az CLI is logged in to {theirs}, but the workspace is in {ours}.",
        "Each Azure cloud has its own login.",
        "az cloud set --name {ours} && az login && {again}",
    ),
    "azure-wrong-pair": Message(
        "MLflow and azureml-mlflow in {python} are not compatible.",
        "{why}. Metrics would be logged, but artifacts would fail.",
        "{command}",
        "Then run: quickstart verify --with-client",
    ),
    "azure-wrong-region": Message(
        "The workspace {workspace} is in {theirs}, not in {ours}.",
        "The tracking URI names the region, and each region has its own host.",
        "{again}",
    ),
    "azure-wrong-tenant": Message(
        "You are logged in to another tenant than the workspace's: {message}",
        "Your token is for tenant {theirs}. If you belong to several tenants, name the one to use.",
        "az login --tenant {tenant} && {again}",
    ),
}
