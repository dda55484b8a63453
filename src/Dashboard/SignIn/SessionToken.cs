using Microsoft.AspNetCore.Components.Authorization;

namespace Platform.Dashboard.SignIn;

/// <summary>
/// The token that this request's or this circuit's calls carry: the signed-in person's, from the encrypted cookie. The dashboard has no rights of its
/// own. A circuit has no HTTP request to read from, so the token comes from the identity that the circuit was opened with.
/// </summary>
internal sealed class SessionToken(AuthenticationStateProvider authentication)
{
    public const string Claim = "token";

    private string? _offered;

    /// <summary>Uses a token that is being checked, before there is a session.</summary>
    public void Offer(string token) => _offered = token;

    /// <summary>Null when nobody is signed in.</summary>
    public async ValueTask<string?> GetAsync() =>
        _offered ?? (await authentication.GetAuthenticationStateAsync()).User.FindFirst(Claim)?.Value;
}
