using Grpc.Core;
using Platform.Api.Errors;
using Platform.Contracts;

namespace Platform.Api.Tests;

public sealed class ProblemTests
{
    [Theory]
    [InlineData(StatusCode.InvalidArgument, Reasons.AmountInvalid, 400)]
    [InlineData(StatusCode.Unauthenticated, Reasons.TokenInvalid, 401)]
    [InlineData(StatusCode.PermissionDenied, Reasons.RoleMissing, 403)]
    [InlineData(StatusCode.NotFound, Reasons.TeamNotFound, 404)]
    [InlineData(StatusCode.AlreadyExists, Reasons.TeamExists, 409)]
    [InlineData(StatusCode.Aborted, Reasons.IdempotencyConflict, 409)]
    [InlineData(StatusCode.FailedPrecondition, Reasons.InsufficientFunds, 409)]
    [InlineData(StatusCode.Unavailable, Reasons.DirectoryUnavailable, 503)]
    [InlineData(StatusCode.DataLoss, Reasons.ArtefactCorrupt, 500)]
    [InlineData(StatusCode.Internal, "INTERNAL", 500)]
    public void Service_error_keeps_its_reason_and_gets_its_status(StatusCode code, string reason, int status)
    {
        var problem = Problem.From(RpcErrors.Create(code, reason, "What is wrong."));

        Assert.Equal((status, reason), (problem.Status, problem.Reason));
    }

    [Fact]
    public void Transport_failure_without_a_reason_is_unavailable_and_asks_to_retry()
    {
        var problem = Problem.From(new RpcException(new Status(StatusCode.Unavailable, "Error connecting to subchannel.")));

        Assert.Equal((503, Reasons.DependencyUnavailable, 1), (problem.Status, problem.Reason, problem.RetryAfterSeconds));
        Assert.DoesNotContain("subchannel", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Inner_detail_of_an_internal_error_never_leaves()
    {
        var problem = Problem.From(new RpcException(new Status(StatusCode.Unknown, "NullReferenceException at Foo")));

        Assert.Equal(500, problem.Status);
        Assert.DoesNotContain("NullReference", problem.Detail, StringComparison.Ordinal);
    }
}
