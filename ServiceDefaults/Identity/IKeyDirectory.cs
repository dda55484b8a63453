namespace Platform.ServiceDefaults.Identity;

/// <summary>Finds the caller behind a token. Wallet answers from its own store, every other service from a replica that Wallet streams to it.</summary>
public interface IKeyDirectory
{
    /// <summary>False while the directory is unknown or too old to trust: answer "unavailable", never let a call pass.</summary>
    bool IsCurrent { get; }

    /// <summary>What is known of a token now. Only <see cref="KeyStanding.Usable"/> lets a call pass.</summary>
    /// <param name="caller">Null only when the token is unknown.</param>
    KeyStanding Find(string secret, out Caller? caller);
}
