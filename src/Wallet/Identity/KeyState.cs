namespace Platform.Wallet.Identity;

/// <summary>How a key stands at a moment, in order of precedence. Its team and its user have a say of their own.</summary>
internal enum KeyState
{
    /// <summary>Ended for good.</summary>
    Revoked,

    /// <summary>Its end has come; it cannot be moved.</summary>
    Expired,

    Frozen,

    Active,
}

internal static class KeyStates
{
    public static KeyState At(this KeyRow key, DateTimeOffset now) =>
        key.RevokedAt is not null ? KeyState.Revoked
        : key.ExpiresAt <= now ? KeyState.Expired
        : key.FrozenAt is not null ? KeyState.Frozen
        : KeyState.Active;
}
