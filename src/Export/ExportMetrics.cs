using System.Diagnostics.Metrics;

namespace Platform.Export;

/// <summary><c>kt.export.runs</c>: tries of export runs that ended, by <c>outcome</c> (completed or failed).</summary>
internal sealed class ExportMetrics
{
    private readonly Counter<long> _runs;

    public ExportMetrics(IMeterFactory meters) =>
        _runs = meters.Create("Platform.Export").CreateCounter<long>("kt.export.runs", "{run}", "Tries of export runs that ended.");

    public void Completed() => _runs.Add(1, new KeyValuePair<string, object?>("outcome", "completed"));

    public void Failed() => _runs.Add(1, new KeyValuePair<string, object?>("outcome", "failed"));
}
