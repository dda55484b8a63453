namespace Platform.ServiceDefaults.Identity;

/// <summary>What the directory says of a token, in order of precedence: the first that applies.</summary>
public enum KeyStanding
{
    /// <summary>Never made, or revoked.</summary>
    Unknown,

    /// <summary>Its end has come, by this process's clock.</summary>
    Expired,

    /// <summary>Refused until an admin unfreezes the key.</summary>
    KeyFrozen,

    /// <summary>Refused until an admin enables the key's user.</summary>
    UserDisabled,

    /// <summary>Refused until an admin unfreezes the key's team.</summary>
    TeamFrozen,

    /// <summary>May do what its role allows.</summary>
    Usable,
}
