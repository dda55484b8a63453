using Grpc.Core;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Dashboard.SignIn;

namespace Platform.Dashboard.Tests;

public sealed class SignInTests
{
    [Theory]
    [InlineData(StatusCode.Unauthenticated, Reasons.TokenInvalid, nameof(SignInOutcome.TokenInvalid), "What is wrong.")]
    [InlineData(StatusCode.PermissionDenied, Reasons.KeyFrozen, nameof(SignInOutcome.NotAllowed), "What is wrong.")]
    [InlineData(StatusCode.PermissionDenied, Reasons.TeamFrozen, nameof(SignInOutcome.NotAllowed), "What is wrong.")]
    [InlineData(StatusCode.PermissionDenied, Reasons.UserDisabled, nameof(SignInOutcome.NotAllowed), "What is wrong.")]
    [InlineData(StatusCode.Unavailable, Reasons.DirectoryUnavailable, nameof(SignInOutcome.NotAnswering), "")]
    public async Task A_token_that_is_refused_is_told_why(StatusCode status, string reason, string expected, string said)
    {
        var refused = new RefusingIdentity(RpcErrors.Create(status, reason, "What is wrong."));
        var signIn = new SignInWithToken(new SessionToken(new Nobody()), refused, new FakeTimeProvider());
        var (outcome, person, told) = await signIn.RunAsync("kt_live_x", TestContext.Current.CancellationToken);
        Assert.Equal((expected, said), (outcome.ToString(), told));
        Assert.Null(person);
    }

    private sealed class RefusingIdentity(RpcException refusal) : Identity.IdentityClient
    {
        public override AsyncUnaryCall<WhoAmIResponse> WhoAmIAsync(
            WhoAmIRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default) =>
            new(Task.FromException<WhoAmIResponse>(refusal), Task.FromResult(new Metadata()), () => refusal.Status, () => [], () => { });
    }

    private sealed class Nobody : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => throw new NotSupportedException();
    }
}
