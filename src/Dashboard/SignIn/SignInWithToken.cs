using System.Security.Claims;
using Grpc.Core;
using Microsoft.AspNetCore.Authentication.Cookies;
using Platform.Contracts.Identity.V1;

namespace Platform.Dashboard.SignIn;

/// <summary>In order of precedence.</summary>
internal enum SignInOutcome
{
    TokenMissing,
    NotAnswering,
    TokenInvalid,

    /// <summary>The token is good, but it, its user or its team is stopped; the service says which.</summary>
    NotAllowed,
    RoleTooLow,
    SignedIn,
}

/// <summary>Checks a token with Identity and makes the session's identity of it.</summary>
internal sealed class SignInWithToken(SessionToken session, Identity.IdentityClient identity, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public const string RoleClaim = "role";
    public const string OrganisationClaim = "organisation";

    /// <returns>Said: why the token is no good or what is not allowed, in the service's own words.</returns>
    public async Task<(SignInOutcome Outcome, ClaimsPrincipal? Person, string Said)> RunAsync(string? token, CancellationToken cancellationToken)
    {
        token = token?.Trim();
        if (string.IsNullOrEmpty(token) || token.Any(character => character is <= ' ' or > '~'))
        {
            return (string.IsNullOrEmpty(token) ? SignInOutcome.TokenMissing : SignInOutcome.TokenInvalid, null, "The token is unknown.");
        }

        session.Offer(token);
        try
        {
            var who = await identity.WhoAmIAsync(new WhoAmIRequest(), deadline: time.GetUtcNow().UtcDateTime + Patience, cancellationToken: cancellationToken);
            return MayRead(who.Key.Role) ? (SignInOutcome.SignedIn, Person(token, who), "") : (SignInOutcome.RoleTooLow, null, "");
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unauthenticated)
        {
            return (SignInOutcome.TokenInvalid, null, exception.Status.Detail);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.PermissionDenied)
        {
            return (SignInOutcome.NotAllowed, null, exception.Status.Detail);
        }
        catch (RpcException exception) when (exception.StatusCode != StatusCode.Cancelled)
        {
            return (SignInOutcome.NotAnswering, null, "");
        }
    }

    /// <summary>Viewer and every role above it; neither keys that only call models nor the platform's own services.</summary>
    public static bool MayRead(Role role) => role is Role.Viewer or Role.Editor or Role.BillingAdmin or Role.Admin or Role.Owner;

    private static ClaimsPrincipal Person(string token, WhoAmIResponse who) => new(new ClaimsIdentity(
        [
            new Claim(SessionToken.Claim, token),
            new Claim(Sessions.Claim, Guid.NewGuid().ToString()),
            new Claim(ClaimTypes.Name, who.Key.Name),
            new Claim(ClaimTypes.NameIdentifier, who.Key.KeyId),
            new Claim(RoleClaim, who.Key.Role.ToString()),
            new Claim(OrganisationClaim, who.Organisation),
        ],
        CookieAuthenticationDefaults.AuthenticationScheme));
}
