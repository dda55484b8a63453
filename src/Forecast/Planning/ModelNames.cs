using Platform.Contracts.Metering.V1;

namespace Platform.Forecast.Planning;

/// <summary>Other names of models, such as the dated snapshots that providers answer with. As Metering rates it: a name has its own price where it has one of the tier, else that of the model it stands for.</summary>
internal sealed class ModelNames(IEnumerable<PriceAlias> aliases)
{
    public static readonly ModelNames None = new([]);

    private readonly ILookup<string, PriceAlias> _names = aliases.ToLookup(alias => alias.Alias, StringComparer.Ordinal);
    private readonly ILookup<(string Provider, string Model), string> _namesOf = aliases.ToLookup(alias => (alias.Provider, alias.Model), alias => alias.Alias);

    /// <summary>What the name stands for, one a provider.</summary>
    public IEnumerable<PriceAlias> Of(string name) => _names[name];

    /// <summary>What else a model is called.</summary>
    public IEnumerable<string> NamesOf(string provider, string model) => _namesOf[(provider, model)];

    /// <summary>The model that a name stands for; itself where it stands for none.</summary>
    public string ModelOf(string provider, string name) => _names[name].FirstOrDefault(known => known.Provider == provider)?.Model ?? name;
}
