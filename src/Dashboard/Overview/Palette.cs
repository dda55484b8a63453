using Platform.Dashboard.Figures;

namespace Platform.Dashboard.Overview;

/// <summary>Which of the style sheet's series colours a workload has: the same on every page and at every refresh.</summary>
internal static class Palette
{
    /// <summary>For people, where a key names no workload.</summary>
    public const string Unclassified = "unclassified";

    private static readonly string[] Known = ["interactive", "copilot", "batch", "evaluation", ""];

    private const int OwnClasses = 3;

    /// <summary>A class of app.css, series-0 to series-7; an organisation's own workloads share the last three by name.</summary>
    public static string Class(string workload)
    {
        var index = Array.IndexOf(Known, workload);
        return $"series-{(index >= 0 ? index : Known.Length + workload.Sum(character => character) % OwnClasses)}";
    }

    /// <summary>Known workloads first, in their own order, then others by name, then the rest: the order of stacks and legends.</summary>
    public static IOrderedEnumerable<string> Order(IEnumerable<string> workloads) =>
        workloads.OrderBy(workload => Array.IndexOf(Known, workload) is >= 0 and var index ? index : workload == DaySpend.Others ? int.MaxValue : Known.Length)
            .ThenBy(workload => workload, StringComparer.Ordinal);

    public static string Name(string workload) => workload switch { "" => Unclassified, DaySpend.Others => "others", _ => workload };
}
