using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace Platform.Dashboard.SignIn;

/// <summary>Who a circuit's page is shown to: the person whose cookie opened it, until that session is over. Then nobody, so the page asks to sign in again.</summary>
internal sealed class SessionState(Sessions sessions, ILoggerFactory logs) : RevalidatingServerAuthenticationStateProvider(logs)
{
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(20);

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) => Task.FromResult(IsValid(authenticationState));

    internal bool IsValid(AuthenticationState state) => state.User.FindFirst(Sessions.Claim)?.Value is { } session && !sessions.IsOver(session);
}
