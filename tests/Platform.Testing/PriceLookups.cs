using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Metering.V1;

namespace Platform.Testing;

/// <summary>
/// Which price a name has, as a table that the book of Metering and the one of the gateway are both held to: a call that is let through at a price is rated at the same one. In each book <c>dated</c> is
/// an alias of <c>model</c>.
/// </summary>
public static class PriceLookups
{
    /// <summary>When prices are asked for.</summary>
    public static readonly DateTimeOffset At = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The alias of every book.</summary>
    public static readonly PriceAlias Alias = new() { Provider = "openai", Alias = "dated", Model = "model", Source = "test" };

    // Prices as id=name/tier@region, + where it begins later; the name, tier and region that are asked for; the id of the price, or - for none.
    private static readonly string[] Lines =
    [
        "1=model | model | 1",
        "1=model | dated | 1",
        "1=model | other | -",
        "2=dated | dated | 2",
        "2=dated | model | -",
        "1=model 2=dated | dated | 2",
        "1=model 2=dated+ | dated | 1",
        "1=model+ 2=dated | dated | 2",
        "1=model+ | dated | -",
        "1=model 2=dated/batch | dated | 1",
        "1=model 2=dated/batch | dated/batch | 2",
        "1=model 2=dated/batch+ | dated/batch | -",
        "1=model 2=dated/batch | model/batch | -",
        "1=model/batch 2=dated | dated/batch | 1",
        "1=model 2=dated | dated/batch | -",
        "1=model 2=dated@eu | dated@eu | 2",
        "1=model 2=dated@eu | dated@us | 1",
        "1=model 2=dated@eu+ | dated@eu | 1",
        "1=model@eu 2=dated | dated@eu | 1",
        "1=model@eu 2=dated | dated@us | 2",
        "1=model@eu 2=dated | dated | 2",
        "1=model@eu | dated | -",
        "1=model 2=model@eu 3=dated 4=dated@eu | dated@eu | 4",
    ];

    /// <summary>One line of the table a case.</summary>
    public static IEnumerable<object[]> Cases => Lines.Select(line => new object[] { line });

    /// <summary>The prices of a case, what is asked for, and the price that is found; null for none.</summary>
    public static (IReadOnlyList<PriceRow> Prices, PriceRow Asked, long? Found) Read(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        return ([.. parts[0].Split(' ').Select(Price)], Subject(parts[1]), parts[2] == "-" ? null : parts[2][0] - '0');
    }

    private static PriceRow Price(string text)
    {
        var row = Subject(text[2..].TrimEnd('+'));
        (row.PriceId, row.Currency, row.Source) = (text[0] - '0', "USD", "test");
        row.EffectiveFrom = Timestamp.FromDateTimeOffset(text.EndsWith('+') ? At.AddDays(1) : At.AddDays(-1));
        return row;
    }

    private static PriceRow Subject(string text)
    {
        var (rest, region) = Parted(text, '@', "");
        var (model, tier) = Parted(rest, '/', "standard");
        return new PriceRow { Provider = "openai", Model = model, Tier = tier, Region = region };
    }

    private static (string Before, string After) Parted(string text, char by, string absent) =>
        text.IndexOf(by, StringComparison.Ordinal) is >= 0 and var at ? (text[..at], text[(at + 1)..]) : (text, absent);
}
