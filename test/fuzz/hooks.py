"""What schemathesis cannot know of this API: which valid requests are refused all the same, and that every refusal has
a name. Also counts the replies, for the spec that runs it (test/fuzz/generated-requests.spec.ts)."""

import atexit
import json
import os
import re
import threading
from collections import Counter
from pathlib import Path

import schemathesis
from graphql import parse_value
from hypothesis import strategies as st
from hypothesis.internal import lambda_sources
from hypothesis_graphql import nodes
from schemathesis.core.failures import AcceptedNegativeData, Failure

_REPOSITORY = Path(__file__).resolve().parent.parent.parent
_CODES = set(re.findall(r'<a id="([^"]+)">', (_REPOSITORY / "docs" / "errors.md").read_text("utf-8")))
# No schema tells them: they hang on what the texts, images and keys of a well-formed request hold.
_BY_CONTENT = {
    "deadline.exceeded",
    "graphql.too_complex",
    "idempotency.in_flight",
    "idempotency.mismatch",
    "image.too_large",
    "image.unreadable",
    "image.unsupported_format",
    "language.undetected",
    "language.unsupported",
    "request.too_large",
    "text.too_long",
    "video.truncated",
    "video.unreadable",
    "video.unsupported_format",
}
# Rules between fields, formats that JSON Schema has no words for, and which models there are.
_BY_RULE = {"from", "image", "context", "cursor", "model", "webhook"}
_BY_ADMIN_RULE = {
    "allowedNetworks",
    "allowedOrigins",
    "burst",
    "corsOrigins",
    "expiresAt",
    "monthlyUnits",
    "scopes",
    "task",
    "validFrom",
}
# A rule has one limit, one scale, one name; a task has models or tiles or not.
_BY_PROFILE_RULE = {"rules", "model", "name", "labels", "region", "tile"}
# Fields that name something by an id.
_BY_ID = {
    "Mutation.archiveInspectionProfile",
    "Mutation.cancelJob",
    "Mutation.changeInspectionProfile",
    "Query.inspectImage",
    "Query.inspectionProfile",
    "Query.job",
    "Query.video",
}
_OF_TENSORS = {"POST /v2/models/{name}/infer", "POST /v2/models/{name}/versions/{version}/infer"}
# What tensors must be hangs on the model that the address names.
_BY_TENSOR_RULE = {"inputs", "outputs", "parameters", "rows"}
_OF_ANY_TASK = {"POST /v1/jobs", "POST /v1/estimate"}
# Whose bodies hold objects of any names.
_FREE_FORM = _OF_ANY_TASK | _OF_TENSORS | {"POST /graphql"}
# Names by which a JSON body could change the prototype of the object that it becomes.
_POISON = {"__proto__", "constructor"}
_BY_TASK = {"task", "inputs", "input", "webhook"}

# Names lambdas in reports by parsing whole modules, which is slow and crashes Python 3.11 (SystemError: AST constructor
# recursion depth mismatch).
lambda_sources.lambda_description = lambda function: "lambda"

_UNKNOWN = "x-schemathesis-unknown-property"

_statuses: Counter[int] = Counter()
_lock = threading.Lock()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Every other request for a job or by a profile names one that is there, and every other job holds what its task
    takes: no generated id or free-form input ever does, and all of them would be refused."""
    label, body = case.operation.label, case.body
    job, profile = os.environ.get("FUZZ_JOB"), os.environ.get("FUZZ_PROFILE")
    if job is not None and case.operation.path.startswith("/v1/jobs/{id}") and _every_other(case.path_parameters):
        case.path_parameters["id"] = job
    if not _is_positive(case) or case.media_type != "application/json" or not _every_other(body):
        return
    if profile is not None and label == "POST /v1/images/inspect":
        body["profile"] = profile
        body.pop("version", None)
    if label in _OF_TENSORS:
        case.path_parameters.update(dict.fromkeys(case.path_parameters, "1") | {"name": "minilm-l6"})
        body["inputs"] = [{"name": "text", "datatype": "BYTES", "shape": [1], "data": [body["inputs"][0]["name"]]}]
        body.pop("outputs", None)
        body.pop("parameters", None)
    if label == "POST /v1/estimate":
        if "video" in body:
            body.update(task="detect-objects")
            body.pop("input", None)
        else:
            body.update(task="embed", input={"text": str(body.get("input")) or "."})
    if label == "POST /v1/jobs" and "inputs" in body:
        body.update(task="embed", inputs=[{"text": str(each) or "."} for each in body["inputs"]])
        body.pop("webhook", None)


def _every_other(data):
    return len(str(data)) % 2 == 0


def _is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def after_call(context, case, response):
    with _lock:
        _statuses[response.status_code] += 1


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """False for a refusal that is right although the request fits its schema, and for headers that HTTP ignores."""
    if isinstance(failure, AcceptedNegativeData) and (_UNKNOWN in (case.headers or {}) or _is_empty_list(case)):
        return False
    problems = _problems(response)
    return not problems or not all(_is_by_content(problem, case) for problem in problems)


@schemathesis.check
def names_its_error(ctx, response, case):
    """A refusal has a code of the catalogue, and never the one that says that we have failed."""
    if "x-request-id" not in response.headers:
        _fail(case, "The reply has no request id")
    problems = _problems(response)
    if response.status_code >= 400 and case.method != "HEAD" and not problems:
        _fail(case, f"{response.status_code} without a problem")
    for problem in problems:
        if problem.get("code") not in _CODES or problem["code"] == "internal":
            _fail(case, f"{response.status_code} with the code {problem.get('code')}")


def _fail(case, message):
    raise Failure(operation=case.operation.label, title="Error without a name", message=message)


def _problems(response):
    try:
        body = json.loads(response.content)
    except ValueError:
        return []
    if not isinstance(body, dict):
        return []
    if "errors" in body and "code" not in body:
        return [error.get("extensions", {}) for error in body["errors"] if "extensions" in error]
    return [body] if response.status_code >= 400 else []


def _is_empty_list(case):
    """In a query, a list of one empty text reads as the empty list."""
    return (case.query or {}).get("groupBy") in ("", [""])


def _is_by_content(problem, case):
    # OpenAPI sees a document as any string, the SDL knows no lengths and ranges.
    if problem.get("code") == "graphql.invalid":
        return case.operation.label == "POST /graphql"
    if problem.get("code") == "request.invalid" and case.operation.label.startswith(("Query.", "Mutation.")):
        return True
    # A made-up id names nothing. OpenAPI counts that refusal as right by itself; GraphQL has no status to tell it by.
    if problem.get("code") == "resource.not_found":
        return case.operation.label in _BY_ID
    paths = {re.split(r"[.\[]", issue["path"])[0] for issue in problem.get("issues", [])}
    # What an input must be hangs on the task that is named beside it, and a free-form one may hold what no body may.
    if problem.get("code") == "request.malformed":
        return case.operation.label in _FREE_FORM and any(name in str(case.body) for name in _POISON)
    rules = _BY_RULE | _BY_TASK if case.operation.label in _OF_ANY_TASK else _BY_RULE
    rules = rules | _BY_ADMIN_RULE if case.operation.path.startswith("/v1/admin/") else rules
    rules = rules | _BY_PROFILE_RULE if case.operation.path.startswith("/v1/inspection-profiles") else rules
    rules = rules | _BY_TENSOR_RULE if case.operation.path.startswith("/v2/") else rules
    rules = rules | {"profile"} if case.operation.label == "POST /v1/images/inspect" else rules
    # Which labels there are is the model's to say, and a region must lie in the image.
    rules = rules | {"labels", "region"} if case.operation.label == "POST /v1/images/detect" else rules
    rules = rules | {"region"} if case.operation.label == "POST /v1/images/segment" else rules
    # Labels are a list in one text, whose members have rules of their own.
    rules = rules | {"labels"} if case.operation.label == "POST /v1/videos" else rules
    by_rule = problem.get("code") == "request.invalid" and bool(paths) and paths <= rules
    return by_rule or problem.get("code") in _BY_CONTENT


_PIXEL = json.loads((_REPOSITORY / "docs" / "openapi.json").read_text("utf-8"))["paths"]["/v1/images/classify"]["post"][
    "requestBody"
]["content"]["application/json"]["example"]["image"]
schemathesis.graphql.scalar("Upload", st.sampled_from([_PIXEL, _PIXEL[:-8], "", "AAAA", "<svg/>"]).map(nodes.String))
_INPUTS = ['{text: "Hello", source: "en", target: "pt"}', '{text: "Hello"}', '{text: 1}', "[]", '"Hello"']
schemathesis.graphql.scalar("JSON", st.sampled_from(_INPUTS).map(parse_value))


@atexit.register
def _write_tally():
    if "FUZZ_TALLY" in os.environ:
        Path(os.environ["FUZZ_TALLY"]).write_text(json.dumps(_statuses), "utf-8")
