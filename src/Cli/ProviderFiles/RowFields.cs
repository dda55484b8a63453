using System.Globalization;
using System.Text.Json;
using Platform.Contracts;

namespace Platform.Cli.ProviderFiles;

/// <summary>
/// The fields of one JSON object. What is wrong becomes a problem that names file, place and field, and reads as nothing; figures are read from their digits,
/// never by way of binary floating point.
/// </summary>
internal readonly struct RowFields(JsonElement row, string place, FileProblems problems)
{
    /// <summary>Far beyond any bill; sums of such figures still fit their types.</summary>
    private const long MostCount = 1_000_000_000_000_000;
    private const decimal MostAmount = 1_000_000_000_000;

    public string Place => place;

    /// <summary>Empty when the field is absent or null.</summary>
    public string Text(string name)
    {
        if (Optional(name) is not { } value)
        {
            return "";
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString()!;
        }

        Problem(name, $"is {Validation.Shown(value.GetRawText())}, not a text.");
        return "";
    }

    public bool? Flag(string name)
    {
        if (Optional(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Problem(name, $"is {Validation.Shown(value.GetRawText())}, neither true nor false.");
        return null;
    }

    /// <summary>A whole number of 0 or more; null when the field is absent or null.</summary>
    public long? OptionalCount(string name)
    {
        if (Optional(name) is not { } value)
        {
            return null;
        }

        // Some sources write 12 as 12.0.
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var count) && count is >= 0 and <= MostCount && decimal.Truncate(count) == count)
        {
            return (long)count;
        }

        Problem(name, $"is {Validation.Shown(value.GetRawText())}, not a whole number from 0 to {MostCount}.");
        return null;
    }

    public long Count(string name)
    {
        if (Optional(name) is null)
        {
            Problem(name, "is missing.");
        }

        return OptionalCount(name) ?? 0;
    }

    /// <summary>A decimal number or the text of one, which may have an exponent and a sign.</summary>
    public decimal Decimal(string name)
    {
        if (Optional(name) is not { } value)
        {
            Problem(name, "is missing.");
            return 0;
        }

        var digits = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        if (value.ValueKind is JsonValueKind.String or JsonValueKind.Number && decimal.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var figure)
            && Math.Abs(figure) <= MostAmount)
        {
            return figure;
        }

        Problem(name, $"is {Validation.Shown(value.GetRawText())}, not a decimal number of at most {MostAmount}.");
        return 0;
    }

    /// <summary>Seconds since 1970.</summary>
    public DateTimeOffset UnixTime(string name)
    {
        var seconds = Count(name);
        if (seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds() && DateTimeOffset.FromUnixTimeSeconds(seconds) is var time && time.Year <= Years.Last)
        {
            return time;
        }

        Problem(name, $"is {seconds}, which is no time in seconds before {Years.Last + 1}.");
        return default;
    }

    /// <summary>RFC 3339.</summary>
    public DateTimeOffset Time(string name)
    {
        var text = Text(name);
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) && Years.Hold(time.Year))
        {
            return time;
        }

        Problem(name, text.Length == 0 ? "is missing." : $"is '{Validation.Shown(text)}', not a time such as 2026-06-01T00:00:00Z.");
        return default;
    }

    /// <summary>An object within; one without fields when it is absent or null.</summary>
    public RowFields Object(string name)
    {
        if (Optional(name) is { } value)
        {
            if (value.ValueKind == JsonValueKind.Object)
            {
                return new RowFields(value, $"{place}.{name}", problems);
            }

            Problem(name, "is no object.");
        }

        return new RowFields(default, $"{place}.{name}", problems);
    }

    /// <summary>The objects of an array.</summary>
    public IEnumerable<RowFields> Objects(string name)
    {
        if (Optional(name) is not { ValueKind: JsonValueKind.Array } array)
        {
            Problem(name, "is missing, or is no array.");
            yield break;
        }

        var index = 0;
        foreach (var item in array.EnumerateArray())
        {
            var itemPlace = $"{place}.{name}[{index++}]";
            if (item.ValueKind != JsonValueKind.Object)
            {
                problems.Add(itemPlace, "is no object.");
                continue;
            }

            yield return new RowFields(item, itemPlace, problems);
        }
    }

    public bool Has(string name) => Optional(name) is not null;

    public void Problem(string name, string message) => problems.Add($"{place}.{name}", message);

    private JsonElement? Optional(string name) =>
        row.ValueKind == JsonValueKind.Object && row.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
