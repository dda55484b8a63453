using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Imports;

/// <summary>Whose a row is.</summary>
/// <param name="TeamId">Empty when nothing says it.</param>
/// <param name="Skip">It is left out.</param>
internal readonly record struct Attribution(string TeamId, string UserId, string ApplicationId, string Workload, bool Skip)
{
    /// <summary>The same caller, and no other workload; where none is said, the record's came from the rules of classes.</summary>
    public bool IsOf(Attribution stored) =>
        (TeamId, UserId, ApplicationId) == (stored.TeamId, stored.UserId, stored.ApplicationId) && (Workload.Length == 0 || Workload == stored.Workload);

    /// <summary>For people.</summary>
    public override string ToString() => string.Join(
        ", ", new[] { ("team", TeamId), ("user", UserId), ("application", ApplicationId), ("workload", Workload) }.Where(pair => pair.Item2.Length > 0).Select(pair => $"{pair.Item1} {pair.Item2}"));
}

/// <summary>
/// Finds whose a row is. Pure. Its key's rules are asked first, then its user's, then its project's; of each, the import's own before the stored ones, and those of
/// the row's provider before those of any. Each figure is the first that a rule says, else the row's own; the first rule that says a team or skip decides on that.
/// </summary>
internal sealed class ImportMapping
{
    private static readonly ImportDimension[] Order = [ImportDimension.Key, ImportDimension.User, ImportDimension.Project];

    private readonly Dictionary<(string Provider, ImportDimension Dimension, string Value), ImportRule>[] _layers;

    /// <param name="own">Those that the import brought along; of two for one thing the last counts.</param>
    /// <param name="stored">Those in force.</param>
    public ImportMapping(IEnumerable<ImportRule> own, IEnumerable<ImportRule> stored) => _layers = [Index(own), Index(stored)];

    public Attribution Find(ImportRow row)
    {
        var found = new Attribution("", "", "", "", false);
        foreach (var rule in RulesOf(row))
        {
            var isOpen = found.TeamId.Length == 0 && !found.Skip;
            found = new Attribution(
                isOpen ? rule.TeamId : found.TeamId, Or(found.UserId, rule.UserId), Or(found.ApplicationId, rule.ApplicationId), Or(found.Workload, rule.Workload),
                isOpen ? rule.Skip : found.Skip);
        }

        return found with
        {
            TeamId = Or(found.TeamId, row.TeamId), UserId = Or(found.UserId, row.UserId), ApplicationId = Or(found.ApplicationId, row.ApplicationId),
            Workload = Or(found.Workload, row.Workload),
        };
    }

    private IEnumerable<ImportRule> RulesOf(ImportRow row)
    {
        foreach (var dimension in Order)
        {
            var value = dimension switch { ImportDimension.Key => row.Key, ImportDimension.User => row.User, _ => row.Project };
            if (value.Length == 0)
            {
                continue;
            }

            foreach (var layer in _layers)
            {
                if (layer.TryGetValue((row.Provider, dimension, value), out var rule) || layer.TryGetValue(("", dimension, value), out rule))
                {
                    yield return rule;
                }
            }
        }
    }

    private static string Or(string value, string otherwise) => value.Length > 0 ? value : otherwise;

    private static Dictionary<(string, ImportDimension, string), ImportRule> Index(IEnumerable<ImportRule> rules)
    {
        var index = new Dictionary<(string, ImportDimension, string), ImportRule>();
        foreach (var rule in rules)
        {
            index[(rule.Provider, rule.Dimension, rule.Value)] = rule;
        }

        return index;
    }
}
