"""Buckets that nobody can make public."""

from __future__ import annotations

from typing import Final

from lambda_src.verification.aws import AwsProblem
from lambda_src.verification.calls import ask
from lambda_src.verification.context import CheckContext
from lambda_src.verification.specs.security import PrivateBucketsCheck
from lambda_src.verification.verdicts import CheckProblem, Observation, Verdict

_WAYS: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


async def run(spec: PrivateBucketsCheck, context: CheckContext) -> Observation:
    """Passed when S3 blocks public access in all four ways and calls no policy public."""
    problems = [f"{bucket}: {problem}" for bucket in spec.buckets for problem in await _problems(bucket, context)]
    if problems:
        raise CheckProblem("; ".join(problems))
    return Observation(
        verdict=Verdict.PASSED,
        message=f"public access is blocked for {len(spec.buckets)} buckets, and no policy is public",
        evidence={"buckets": list(spec.buckets)},
    )


async def _problems(bucket: str, context: CheckContext) -> list[str]:
    problems = []
    try:
        answer = await ask(context, "s3", "get_public_access_block", subject=bucket, Bucket=bucket)
        blocked = answer["PublicAccessBlockConfiguration"]
    except AwsProblem as problem:
        if problem.code != "NoSuchPublicAccessBlockConfiguration":
            raise
        blocked = {}
    open_ways = [way for way in _WAYS if not blocked.get(way)]
    if open_ways:
        problems.append(f"public access is not blocked ({', '.join(open_ways)})")
    try:
        answer = await ask(context, "s3", "get_bucket_policy_status", subject=bucket, Bucket=bucket)
        public = answer["PolicyStatus"]["IsPublic"]
    except AwsProblem as problem:
        if problem.code != "NoSuchBucketPolicy":
            raise
        public = False
    if public:
        problems.append("its policy is public")
    return problems
