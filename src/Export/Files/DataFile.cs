namespace Platform.Export.Files;

/// <param name="Rows">Of the file: all records, unpriced ones included; of FOCUS the parts of those that have a price.</param>
/// <param name="UnpricedRows">Records without a cost, which are in no sum, and of FOCUS in no row.</param>
/// <param name="LateRows">Of the rows: those that occurred before the run's window.</param>
internal readonly record struct FileFigures(long Rows, long UnpricedRows, long CostNanos, long LateRows, long LateCostNanos)
{
    public static FileFigures operator +(FileFigures left, FileFigures right) => new(
        left.Rows + right.Rows, left.UnpricedRows + right.UnpricedRows, left.CostNanos + right.CostNanos, left.LateRows + right.LateRows,
        left.LateCostNanos + right.LateCostNanos);
}

/// <param name="BillingPeriod">The month of the books' zone that its records are booked in, such as 2026-06.</param>
/// <param name="Currency">Empty when there was no record.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record DataFile(string BillingPeriod, string Key, FileFigures Figures, string Currency, string Sha256, long Bytes);

/// <summary>What a run wrote: a file a billing period, in order, at least one. Equal when all of them are.</summary>
internal sealed class RunFiles : IEquatable<RunFiles>
{
    /// <exception cref="InvalidDataException">The sum of the costs leaves 64 bits.</exception>
    public RunFiles(IReadOnlyList<DataFile> all)
    {
        All = all;
        try
        {
            Figures = all.Aggregate(default(FileFigures), (sum, file) => sum + file.Figures);
        }
        catch (OverflowException)
        {
            throw TooMuch();
        }
    }

    public IReadOnlyList<DataFile> All { get; }

    public FileFigures Figures { get; }

    public string Currency => All.Select(file => file.Currency).FirstOrDefault(currency => currency.Length > 0) ?? "";

    public long Bytes => All.Sum(file => file.Bytes);

    public static InvalidDataException TooMuch() => new("The costs add up to more than 64 bits of nano-units hold. Export shorter windows.");

    public bool Equals(RunFiles? other) => other is not null && All.SequenceEqual(other.All);

    public override bool Equals(object? obj) => Equals(obj as RunFiles);

    public override int GetHashCode() => All.Count == 0 ? 0 : All[0].GetHashCode();
}
