using System.Diagnostics.CodeAnalysis;

namespace Platform.ServiceDefaults.Identity;

/// <summary>Finds the caller behind a token. Wallet answers from its own store, every other service from a replica that Wallet streams to it.</summary>
public interface IKeyDirectory
{
    /// <summary>False while the directory is unknown or too old to trust: answer "unavailable", never let a call pass.</summary>
    bool IsCurrent { get; }

    /// <summary>Finds a valid key; false for unknown and revoked ones.</summary>
    bool TryFind(string secret, [NotNullWhen(true)] out Caller? caller);
}
