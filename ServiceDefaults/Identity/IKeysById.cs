namespace Platform.ServiceDefaults.Identity;

/// <summary>Finds a key's owner without its secret, for work that was accepted earlier: what the key may now, not what it might then.</summary>
public interface IKeysById
{
    /// <summary>As <see cref="IKeyDirectory.IsCurrent"/>.</summary>
    bool IsCurrent { get; }

    /// <summary>As <see cref="IKeyDirectory.Find"/>, by the key's id; of a key that has ended, what the one that it was rotated to may.</summary>
    KeyStanding FindById(string keyId, out Caller? caller);
}
