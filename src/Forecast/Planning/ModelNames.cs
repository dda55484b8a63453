using Platform.Contracts.Metering.V1;

namespace Platform.Forecast.Planning;

/// <summary>Other names of models, such as the dated snapshots that providers answer with. As Metering rates it: a name has its own price where it has one of the tier, else that of the model it stands for.</summary>
internal sealed class ModelNames(IEnumerable<PriceAlias> aliases)
{
    public static readonly ModelNames None = new([]);

    private readonly Dictionary<(string Provider, string Name), string> _models = aliases.ToDictionary(alias => (alias.Provider, alias.Alias), alias => alias.Model);

    /// <summary>The model that a name stands for; itself where it stands for none.</summary>
    public string ModelOf(string provider, string name) => _models.GetValueOrDefault((provider, name), name);
}
