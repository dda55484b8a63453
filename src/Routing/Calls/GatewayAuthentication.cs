using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Calls;

/// <summary>Who calls the AI routes. Closed: while the directory is not current, nobody is let through.</summary>
internal static class GatewayAuthentication
{
    /// <summary>Null when the caller may call models.</summary>
    /// <param name="secret">As its header has it: what is sent twice stands there with a comma between, which no key has.</param>
    public static ApiError? TryAuthenticate(string? secret, IKeyDirectory directory, out Caller? caller)
    {
        caller = null;
        if (string.IsNullOrEmpty(secret))
        {
            return ApiError.TokenMissing;
        }

        if (secret.Contains(','))
        {
            return ApiError.SeveralTokens;
        }

        if (!directory.IsCurrent)
        {
            return ApiError.DirectoryUnavailable;
        }

        return Judge(directory.Find(secret, out caller), caller);
    }

    /// <summary>As <see cref="TryAuthenticate"/>, of a key that has handed in work earlier.</summary>
    public static ApiError? TryAuthenticateKey(string keyId, IKeysById keys, out Caller? caller)
    {
        caller = null;
        return keys.IsCurrent ? Judge(keys.FindById(keyId, out caller), caller) : ApiError.DirectoryUnavailable;
    }

    private static ApiError? Judge(KeyStanding standing, Caller? caller) => standing switch
    {
        KeyStanding.Usable => caller!.Role == Role.Inference ? null : ApiError.RoleMissing,
        KeyStanding.Unknown => ApiError.TokenInvalid,
        KeyStanding.Expired => ApiError.TokenExpired,
        KeyStanding.KeyFrozen => ApiError.KeyFrozen,
        KeyStanding.UserDisabled => ApiError.UserDisabled(caller!.UserId),
        KeyStanding.TeamFrozen => ApiError.TeamFrozen(caller!.TeamId),
    };
}
