"""What methods/azureml reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "azureml"

MESSAGES: Mapping[str, Message] = {
    "azure-authority": Message(
        "The secret is not sent to {authority}.",
        "AZURE_AUTHORITY_HOST names it, and it is no authority that answers by https.",
        "unset AZURE_AUTHORITY_HOST",
        "and then: {again}",
    ),
    "azure-bad-part": Message(
        "That is no {name}: {detail}",
        "Azure has no such names, so that nothing was asked of it.",
        "quickstart login azureml --tracking-uri azureml://...",
        "takes all parts at once: from the studio, or from az ml workspace show --query mlflow_tracking_uri",
    ),
    "azure-bad-uri": Message(
        '"{uri}" does not tell which workspace of Azure ML is meant.',
        "A tracking URI of Azure ML begins with azureml:// and names subscription, group and workspace.",
        "az ml workspace show --name <workspace> --resource-group <group> --query mlflow_tracking_uri",
        "prints it; and then: quickstart login azureml --tracking-uri <that>",
    ),
    "azure-busy": Message(
        "{url} takes nothing more at the moment: {message}",
        "Too much was asked of the workspace at once (429). It says to wait {seconds} s.",
        "sleep {seconds}; {again}",
    ),
    "azure-cli-failed": Message(
        "The az CLI could not do it: {detail}",
        "quickstart asked it for a login, as the plugin of MLflow does.",
        "az account show",
        "shows whether it works; and then: {again}",
    ),
    "azure-cli-missing": Message(
        "There is no az CLI here, and so no login of it.",
        "The program az is not on the PATH. In a browser, or as a service principal, one can log in without it.",
        "{again} --device-code",
        "or install it (https://aka.ms/azure-cli), and then: az login",
    ),
    "azure-cli-silent": Message(
        "The az CLI did not answer within {seconds} s.",
        "It may wait for the network, or for another az.",
        "az account show",
        "shows whether it answers; and then: {again}",
    ),
    "azure-down": Message(
        "{url} is in trouble: it answered {status}. {message}",
        "That is at Azure's end, or at a proxy on the way.",
        "",
        "sleep 60; {again}   and see https://azure.status.microsoft",
    ),
    "azure-identity-missing": Message(
        "azure-identity is needed for this login, and it is not there: {detail}",
        "It runs in the Python that holds MLflow, and comes with the plugin azureml-mlflow.",
        "{again} --own-environment",
        "makes an environment that has both",
    ),
    "azure-login-expired": Message(
        "The az CLI's login does not hold any more: {detail}",
        "It has expired, the password was changed, or a second factor is asked for.",
        "az login && {again}",
    ),
    "azure-no-login": Message(
        "No login to Azure works here.",
        "Tried: {tried}.",
        "{login} && {again}",
        "or, without az: {again} --device-code",
    ),
    "azure-no-role": Message(
        "You ({me}) are logged in, but may not use the workspace {workspace}: {message}",
        "You have no role on it. An owner of the workspace can give you one.",
        'az role assignment create --assignee {me} --role "AzureML Data Scientist" --scope {scope}',
        "typed by an owner; and some minutes later: {again}",
    ),
    "azure-no-workspace": Message(
        "There is no workspace {workspace} in the resource group {group} at {host}: {message}",
        "A name is misspelt, it was deleted, or it is in another region.",
        "az resource list --resource-type Microsoft.MachineLearningServices/workspaces --output table",
        "shows yours; and then: {again}",
    ),
    "azure-not-a-workspace": Message(
        "Somebody answers at {url}, but not as a workspace of Azure ML: {seen}",
        "The address is that of another service, or of a login page that stands before everything (a proxy, a "
        "captive portal).",
        "{again}",
        "with the address checked",
    ),
    "azure-not-logged-in": Message(
        "Nobody is logged in by the az CLI.",
        "It is here, but was never logged in, or was logged out.",
        "az login && {again}",
    ),
    "azure-plugin-missing": Message(
        "MLflow in {python} cannot log to Azure ML: {why}.",
        "azureml:// addresses are understood by the plugin azureml-mlflow, in the same Python.",
        "{command}",
        "and then: quickstart verify --with-client",
    ),
    "azure-strange-host": Message(
        "A login to Azure is not sent to {host}.",
        "That is none of Azure's hosts, which end with .api.azureml.ms, .api.ml.azure.cn or .api.ml.azure.us. The "
        "login is good for all that you may do in Azure.",
        "az ml workspace show --name <workspace> --resource-group <group> --query mlflow_tracking_uri",
        "prints the right one; and then: quickstart login azureml --tracking-uri <that>",
    ),
    "azure-too-new": Message(
        "MLflow {mlflow} in {python} is too new for Azure ML.",
        "Its plugin, azureml-mlflow, goes with MLflow up to {newest}. Beyond it artifacts break, and only they.",
        "quickstart login azureml --own-environment",
        "makes an environment with a pair that goes together",
    ),
    "azure-way-failed": Message(
        "The login to Azure did not work: {detail}",
        "azure-identity, which MLflow's plugin logs in with, says so.",
        "az login && {again}",
    ),
    "azure-way-silent": Message(
        "Nothing came of {way} within {seconds} s.",
        "Who would give the login does not answer, or nobody logged in.",
        "az login && {again}",
    ),
    "azure-wrong-cloud": Message(
        "The az CLI is logged in to {theirs}, but the workspace is in {ours}.",
        "These are clouds apart: a login to one is nothing in the other.",
        "az cloud set --name {ours} && az login && {again}",
    ),
    "azure-wrong-pair": Message(
        "MLflow and its plugin in {python} do not go together.",
        "{why}: metrics would be logged, and artifacts break.",
        "{command}",
        "and then: quickstart verify --with-client",
    ),
    "azure-wrong-region": Message(
        "The workspace {workspace} is in {theirs}, not in {ours}.",
        "Each region has an address of its own, and the tracking URI names it.",
        "{again}",
    ),
    "azure-wrong-tenant": Message(
        "The login is one of another tenant than the workspace's: {message}",
        "Your login is of the tenant {theirs}. Who is in several tenants must say which is meant.",
        "az login --tenant {tenant} && {again}",
    ),
}
