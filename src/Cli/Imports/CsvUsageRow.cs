using System.Globalization;
using System.Runtime.InteropServices;
using Platform.Contracts;

namespace Platform.Cli.Imports;

/// <summary>
/// Makes rows of a CSV's cells. A row without an id is known by what it says and by how many such rows were before it in the file, so that equal calls are told apart
/// and a file that has the same rows again adds nothing; that costs some fifty bytes of memory a row, an id column none.
/// </summary>
internal sealed class CsvUsageRow(CsvColumns columns, CsvUsageOptions options)
{
    private const long FirstMillisecond = 100_000_000_000;

    /// <summary>What a usage record may have of one kind of tokens; of no more than that a sum can be made.</summary>
    private const long MaxCount = 1_000_000_000_000;

    private readonly NumberFormatInfo _numbers = options.DecimalComma
        ? new NumberFormatInfo { NumberDecimalSeparator = ",", NumberGroupSeparator = ".", CurrencyDecimalSeparator = ",", CurrencyGroupSeparator = "." }
        : NumberFormatInfo.InvariantInfo;

    private readonly bool _cachedInInput = options.CachedInInput ?? columns.SaysPromptTokens;
    private readonly Dictionary<Guid, int> _seen = [];

    /// <exception cref="FormatException">It says what is wrong with the row.</exception>
    public ImportedRow Read(Func<int, string?> cell)
    {
        string Text(string name) => columns.Text(name, cell);
        var (input, cached, written) = (Count(Text, CsvColumns.Input), Count(Text, CsvColumns.CachedInput), Count(Text, CsvColumns.CacheWrite));
        var writtenHour = Count(Text, CsvColumns.CacheWriteHour);
        if (_cachedInInput && cached + written + writtenHour > input)
        {
            throw new FormatException($"Its cached tokens ({cached} read, {written + writtenHour} written) are more than the input {input}, of which they are a part. If they are apart, say --cached-apart.");
        }

        var requests = columns.Has(CsvColumns.Requests) ? Count(Text, CsvColumns.Requests) : 1;
        var row = new ImportedRow("", Time(Text(CsvColumns.Time)), Text(CsvColumns.Provider), Text(CsvColumns.Model))
        {
            ServiceTier = Text(CsvColumns.Tier),
            Region = Text(CsvColumns.Region),
            Input = _cachedInInput ? input - cached - written - writtenHour : input,
            CachedInput = cached,
            CacheWrite = written,
            CacheWriteHour = writtenHour,
            Output = Count(Text, CsvColumns.Output),
            Reasoning = Count(Text, CsvColumns.Reasoning),
            Requests = Math.Max(requests, 1),
            Project = Text(CsvColumns.Project) is { Length: > 0 } project ? project : Text(CsvColumns.Team),
            Key = Text(CsvColumns.Key),
            User = Text(CsvColumns.User),
            TeamId = Text(CsvColumns.Team),
            ApplicationId = Text(CsvColumns.Application),
            Workload = Text(CsvColumns.Workload),
            StatedCost = StatedAmount.Read(Text(CsvColumns.Cost), "cost", _numbers),
        };
        var all = row.Input + row.CachedInput + row.CacheWrite + row.CacheWriteHour;
        return row with
        {
            RowKey = Key(Text(CsvColumns.Id), row), ContextTokens = requests > 1 ? (all + requests - 1) / requests : null,
        };
    }

    private string Key(string id, ImportedRow row)
    {
        if (id.Length > 0)
        {
            return RowKey.OfId(id);
        }

        if (columns.Has(CsvColumns.Id))
        {
            throw new FormatException("Its id is empty.");
        }

        string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
        var hash = RowKey.Hash(
            Number(row.OccurredAt.UtcTicks), row.Provider, row.Model, row.ServiceTier, row.Region, Number(row.Input), Number(row.CachedInput), Number(row.CacheWrite),
            Number(row.CacheWriteHour), Number(row.Output), Number(row.Reasoning), Number(row.Requests ?? 1), row.Project, row.Key, row.User, row.TeamId, row.ApplicationId,
            row.Workload);
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_seen, hash, out _);
        count++;
        return count == 1 ? RowKey.Of("row", hash) : $"{RowKey.Of("row", hash)}-{Number(count)}";
    }

    private long Count(Func<string, string> text, string name)
    {
        var given = text(name);
        if (given.Length == 0)
        {
            return 0;
        }

        var point = _numbers.NumberDecimalSeparator[0];
        if (WrittenNumber.IsAmbiguousCount(given, point))
        {
            throw new FormatException(
                $"{name} '{Validation.Shown(given)}' may be a number with three decimals or one of thousands, and a count has no decimals: "
                + (point == '.' ? "say --decimal-comma if its point parts thousands." : "leave --decimal-comma out if its comma parts thousands."));
        }

        return WrittenNumber.Read(given, name, _numbers) is not (>= 0 and var number) || number != decimal.Truncate(number) ? throw new FormatException($"{name} '{Validation.Shown(given)}' is not a whole number of zero or more.")
            : number > MaxCount ? throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} '{Validation.Shown(given)}' is more than {MaxCount:#,##0}, the most that a row may have: is its column another's?"))
            : (long)number;
    }

    private DateTimeOffset Time(string text) =>
        Read(text) is var moment && Years.Hold(moment.Year) ? moment : throw OutOfRange(text);

    private DateTimeOffset Read(string text)
    {
        if (options.TimeFormat is { } format)
        {
            return DateTime.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
                ? local.Kind == DateTimeKind.Unspecified ? InZone(local) : new DateTimeOffset(local).ToUniversalTime()
                : throw new FormatException($"time '{Validation.Shown(text)}' is not of the form {format}.");
        }

        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var unix) && unix < 253_402_300_800_000)
        {
            return DateTimeOffset.FromUnixTimeMilliseconds((long)(unix < FirstMillisecond ? unix * 1_000 : unix));
        }

        // The year first: 06/07/2026 means two days.
        return text.Length >= 10 && text[4] is '-' or '/' && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var moment)
            ? moment.Kind == DateTimeKind.Unspecified ? InZone(moment) : new DateTimeOffset(moment)
            : throw new FormatException($"time '{Validation.Shown(text)}' is neither ISO 8601 (2026-06-01T13:00:00Z) nor unix seconds; say its form by --time-format, such as dd.MM.yyyy.");
    }

    private static FormatException OutOfRange(string text) => new($"time '{Validation.Shown(text)}' does not lie in the years {Years.First} to {Years.Last}.");

    // What a clock never showed is the moment an hour later; what it showed twice is the first.
    private DateTimeOffset InZone(DateTime local)
    {
        if (!Years.Hold(local.Year))
        {
            throw OutOfRange(local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        }

        var shown = options.Zone.IsInvalidTime(local) ? local.AddHours(1) : local;
        var offset = options.Zone.IsAmbiguousTime(shown) ? options.Zone.GetAmbiguousTimeOffsets(shown).Max() : options.Zone.GetUtcOffset(shown);
        return new DateTimeOffset(shown, offset).ToUniversalTime();
    }
}
