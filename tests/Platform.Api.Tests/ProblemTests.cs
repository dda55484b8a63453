using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Platform.Api.Errors;
using Platform.Api.Http;
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

    [Theory]
    [InlineData(StatusCode.Unavailable, 503, true)]
    [InlineData(StatusCode.DeadlineExceeded, 504, true)]
    [InlineData(StatusCode.FailedPrecondition, 409, false)]
    public async Task Failure_of_a_request_with_a_key_names_it_and_says_to_repeat_where_it_may_have_taken_effect(StatusCode code, int status, bool isUnknown)
    {
        foreach (var given in new[] { null, "mine" })
        {
            var (http, problem) = await FailAsync(code, http =>
            {
                http.Request.Headers["Idempotency-Key"] = given;
                Call.IdempotencyKey(http);
            });

            Assert.Equal(status, http.Response.StatusCode);
            var key = http.Response.Headers["Idempotency-Key"].ToString();
            Assert.True(given is null ? Guid.TryParse(key, out _) : key == given, key);
            Assert.Equal(isUnknown, problem.Contains("with the same Idempotency-Key", StringComparison.Ordinal));
        }
    }

    // A proxy that adds a key of its own to the caller's adds another one to the repeat, which had its effect again.
    [Fact]
    public void Key_that_stands_there_twice_is_refused()
    {
        var http = new DefaultHttpContext { Request = { Headers = { ["Idempotency-Key"] = new(["mine", "the proxy's"]) } } };

        var refused = Assert.Throws<RpcException>(() => Call.IdempotencyKey(http));

        Assert.Contains("Idempotency-Key stands there 2 times", refused.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(http.Response.Headers);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.DeadlineExceeded)]
    public async Task Failure_of_a_request_without_a_key_does_not_speak_of_one(StatusCode code)
    {
        var (http, problem) = await FailAsync(code, _ => { });

        Assert.False(http.Response.Headers.ContainsKey("Idempotency-Key"));
        Assert.DoesNotContain("Idempotency-Key", problem, StringComparison.Ordinal);
        Assert.Contains("Try again", problem, StringComparison.Ordinal);
    }

    private static async Task<(HttpContext Http, string Problem)> FailAsync(StatusCode code, Action<HttpContext> before)
    {
        using var body = new MemoryStream();
        var http = new DefaultHttpContext { Response = { Body = body } };
        await new ErrorMiddleware(
            context =>
            {
                before(context);
                throw new RpcException(new Status(code, "What happened."));
            },
            NullLogger<ErrorMiddleware>.Instance).InvokeAsync(http);
        await http.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);
        return (http, Encoding.UTF8.GetString(body.ToArray()));
    }

    [Fact]
    public void Answer_that_no_message_holds_is_no_reason_to_ask_for_it_again()
    {
        var problem = Problem.From(new RpcException(new Status(StatusCode.ResourceExhausted, "Received message exceeds the maximum configured message size.")));
        Assert.Equal((400, Reasons.TooManyRows, null), (problem.Status, problem.Reason, problem.RetryAfterSeconds));
        Assert.Contains("more than one answer holds", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Inner_detail_of_an_internal_error_never_leaves()
    {
        var problem = Problem.From(new RpcException(new Status(StatusCode.Unknown, "NullReferenceException at Foo")));

        Assert.Equal(500, problem.Status);
        Assert.DoesNotContain("NullReference", problem.Detail, StringComparison.Ordinal);
    }
}
