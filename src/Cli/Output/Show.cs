using System.Globalization;
using System.Text.Json;
using Platform.Contracts;

namespace Platform.Cli.Output;

/// <summary>How values of the API's JSON look in tables.</summary>
internal static class Show
{
    /// <summary>Empty when the field is null, or absent, as from a server of an earlier version.</summary>
    public static string Text(this JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : "";

    /// <summary>An exact amount; null when the field is absent or null.</summary>
    public static Money? Amount(this JsonElement row, string name)
    {
        if (!row.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var amount = value.ValueKind == JsonValueKind.String
            ? decimal.Parse(value.GetString()!, NumberStyles.Number, CultureInfo.InvariantCulture)
            : value.GetDecimal();
        return Money.TryFromDecimal(amount, out var money) ? money : throw new KtError(ExitCodes.Failed, $"{name} {amount} is not an amount of nano-units.");
    }

    /// <summary>An amount with thousands separators and all its places but trailing zeros, at least two; "–" when absent.</summary>
    public static string Exact(this JsonElement row, string name) => row.Amount(name)?.ToExactString() ?? "–";

    /// <summary>A limit, or what is compared with one: rounded to the smallest unit of the currency from a hundred of them on, exact below. "–" when absent.</summary>
    public static string Comparable(this JsonElement row, string name) => row.Amount(name)?.ToComparableString(OrganisationCurrency.Code) ?? "–";

    /// <summary>An amount rounded to the smallest unit of the currency, with thousands separators; &lt;0.01, or &lt;1 of yen, for what is less but not nothing. JSON output is always exact.</summary>
    public static string Rough(this JsonElement row, string name) => row.Amount(name) is { } amount ? amount.ToRoundedString(OrganisationCurrency.Code) : "–";

    /// <summary>"–" when absent or null.</summary>
    public static string Count(this JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) ? count.ToString("#,##0", CultureInfo.InvariantCulture) : "–";

    /// <summary>As "1 call" or "1,200 calls"; "– calls" when absent or null.</summary>
    public static string Counted(this JsonElement row, string name, string noun) => $"{row.Count(name)} {noun}{(row.Count(name) == "1" ? "" : "s")}";

    /// <summary>As "1 call" or "1,200 calls".</summary>
    public static string Counted(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count:#,##0} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>A time to the second, in UTC; "–" when absent.</summary>
    public static string Time(this JsonElement row, string name) =>
        row.Moment(name) is { } moment ? moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "–";

    /// <summary>Null when absent.</summary>
    public static DateTimeOffset? Moment(this JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out var moment) ? moment : null;

    /// <summary>The calendar day of a moment in a zone, as 2026-06-01; "–" when absent. A month of Berlin begins on the evening before in UTC.</summary>
    public static string Day(this JsonElement row, string name, TimeZoneInfo zone) =>
        row.Moment(name) is { } moment ? TimeZoneInfo.ConvertTime(moment, zone).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "–";

    /// <summary>The zone that the API's calendar days are of.</summary>
    /// <param name="name">Empty: UTC.</param>
    /// <exception cref="KtError">This machine does not know it: days in another one would be wrong.</exception>
    public static TimeZoneInfo Zone(string name) => CalendarPeriod.TryFindZone(name, out var zone)
        ? zone
        : throw new KtError(ExitCodes.Failed, $"This machine knows no time zone '{name}', so days cannot be shown in it; -o json has the times in UTC.");

    /// <summary>A word as a title: "low" is shown as "Low", "history_too_short" as "History too short".</summary>
    public static string Title(string word) => word.Length == 0 ? "" : char.ToUpperInvariant(word[0]) + word[1..].Replace('_', ' ');

    public static string OrAll(string value, string all) => value.Length == 0 ? all : value;

    /// <summary>Nothing where there is no text.</summary>
    public static string Prefixed(string prefix, string text) => text.Length == 0 ? "" : prefix + text;
}
