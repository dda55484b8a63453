using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Metering.V1;
using Row = System.Collections.Generic.Dictionary<string, string>;

namespace Platform.Export.Tests;

/// <summary>
/// What the FinOps Open Cost and Usage Specification asks of the dataset Cost and Usage, written down from its column pages and its requirements model, of whose rules these are the
/// identifiers. A rule that ends in 000 stands for a whole column.
/// </summary>
public partial class FocusSpecificationTests
{
    // Of conditional columns (C) those whose condition holds: unit prices, usage that is measured, sub-accounts and tags there are. O is recommended.
    private const string Columns = """
        rule                               | null | type     | versions
        CAU-BilledCost-C-000-M             | no   | decimal  | 1.2 1.4
        CAU-BillingAccountId-C-000-M       | no   | string   | 1.2 1.4
        CAU-BillingAccountName-C-000-M     | yes  | string   | 1.2 1.4
        CAU-BillingCurrency-C-000-M        | no   | currency | 1.2 1.4
        CAU-BillingPeriodEnd-C-000-M       | no   | moment   | 1.2 1.4
        CAU-BillingPeriodStart-C-000-M     | no   | moment   | 1.2 1.4
        CAU-ChargeCategory-C-000-M         | no   | string   | 1.2 1.4
        CAU-ChargeClass-C-000-M            | yes  | string   | 1.2 1.4
        CAU-ChargeDescription-C-000-M      | yes  | string   | 1.2 1.4
        CAU-ChargeFrequency-C-000-O        | no   | string   | 1.2 1.4
        CAU-ChargePeriodEnd-C-000-M        | no   | moment   | 1.2 1.4
        CAU-ChargePeriodStart-C-000-M      | no   | moment   | 1.2 1.4
        CAU-ConsumedQuantity-C-000-C       | yes  | decimal  | 1.2 1.4
        CAU-ConsumedUnit-C-000-C           | yes  | string   | 1.2 1.4
        CAU-ContractedCost-C-000-M         | no   | decimal  | 1.2 1.4
        CAU-ContractedUnitPrice-C-000-C    | yes  | decimal  | 1.2 1.4
        CAU-EffectiveCost-C-000-M          | no   | decimal  | 1.2 1.4
        CAU-HostProviderName-C-000-M       | no   | string   | 1.4
        CAU-InvoiceId-C-000-O              | yes  | string   | 1.2 1.4
        CAU-InvoiceIssuerName-C-000-M      | no   | string   | 1.2 1.4
        CAU-ListCost-C-000-M               | no   | decimal  | 1.2 1.4
        CAU-ListUnitPrice-C-000-C          | yes  | decimal  | 1.2 1.4
        CAU-PricingCategory-C-000-C        | yes  | string   | 1.2 1.4
        CAU-PricingQuantity-C-000-M        | yes  | decimal  | 1.2 1.4
        CAU-PricingUnit-C-000-M            | yes  | string   | 1.2 1.4
        CAU-ProviderName-C-000-M           | no   | string   | 1.2
        CAU-PublisherName-C-000-M          | no   | string   | 1.2
        CAU-RegionId-C-000-C               | yes  | string   | 1.2 1.4
        CAU-RegionName-C-000-C             | yes  | string   | 1.2 1.4
        CAU-ServiceCategory-C-000-M        | no   | string   | 1.2 1.4
        CAU-ServiceName-C-000-M            | no   | string   | 1.2 1.4
        CAU-ServiceProviderName-C-000-M    | no   | string   | 1.4
        CAU-ServiceSubcategory-C-000-O     | no   | string   | 1.2 1.4
        CAU-SkuId-C-000-C                  | yes  | string   | 1.2 1.4
        CAU-SkuMeter-C-000-C               | yes  | string   | 1.2 1.4
        CAU-SkuPriceDetails-C-000-C        | yes  | map      | 1.2 1.4
        CAU-SkuPriceId-C-000-C             | yes  | string   | 1.2 1.4
        CAU-SubAccountId-C-000-C           | yes  | string   | 1.2 1.4
        CAU-SubAccountName-C-000-C         | yes  | string   | 1.2 1.4
        CAU-SubAccountType-C-000-C         | yes  | string   | 1.2 1.4
        CAU-Tags-C-000-C                   | yes  | map      | 1.2 1.4
        """;

    /// <summary>What a row must be, where the one column says something of another. Version 1.4's rules; each is allowed by 1.2 too.</summary>
    private static readonly (string Rule, Func<Row, bool> Holds)[] Rules =
    [
        ("CAU-ChargeCategory-C-002-M", row => row["ChargeCategory"] is "Usage" or "Purchase" or "Tax" or "Credit" or "Adjustment"),
        ("CAU-ChargeClass-C-005-C", row => row["ChargeClass"] is "" or "Correction"),
        ("CAU-ChargeFrequency-C-003-M", row => row["ChargeFrequency"] is "One-Time" or "Recurring" or "Usage-Based"),
        ("CAU-ServiceCategory-C-000-M", row => row["ServiceCategory"] == "AI and Machine Learning" && row["ServiceSubcategory"] == "Generative AI"),
        ("CAU-PricingCategory-C-000-C", row => row["PricingCategory"] is "" or "Standard" or "Dynamic" or "Committed" or "Other"),
        ("CAU-ChargePeriodEnd-C-004-M", row => string.CompareOrdinal(row["ChargePeriodStart"], row["ChargePeriodEnd"]) < 0),
        ("CAU-BillingPeriodEnd-C-000-M", row => string.CompareOrdinal(row["BillingPeriodStart"], row["BillingPeriodEnd"]) < 0),
        ("CAU-SkuId-C-000-C", row => !IsUsage(row) || Has(row, "SkuId")),
        ("CAU-SkuMeter-C-000-C", row => Has(row, "SkuMeter") == Has(row, "SkuId")),
        ("CAU-SkuPriceId-C-000-C", row => !IsUsage(row) || Has(row, "SkuPriceId")),
        ("CAU-SkuPriceDetails-C-000-C", row => Has(row, "SkuPriceId") || !Has(row, "SkuPriceDetails")),
        ("CAU-ListUnitPrice-C-005", row => !IsUsage(row) || Has(row, "ListUnitPrice")),
        ("CAU-ListUnitPrice-C-012 and 013", row => Has(row, "SkuPriceId") == Has(row, "ListUnitPrice")),
        ("CAU-ListUnitPrice-C-000-C", row => !row["ListUnitPrice"].StartsWith('-')),
        ("CAU-ContractedUnitPrice-C-006", row => !IsUsage(row) || Has(row, "ContractedUnitPrice")),
        ("CAU-ContractedUnitPrice-C-014 and 015", row => Has(row, "SkuPriceId") == Has(row, "ContractedUnitPrice")),
        ("CAU-ContractedUnitPrice-C-000-C", row => !row["ContractedUnitPrice"].StartsWith('-')),
        ("CAU-PricingCategory-C-004", row => !IsUsage(row) || Has(row, "PricingCategory")),
        ("CAU-PricingCategory-C-012", row => Has(row, "SkuPriceId") || !Has(row, "PricingCategory")),
        ("CAU-PricingQuantity-C-005", row => !IsUsage(row) || Has(row, "PricingQuantity")),
        ("CAU-PricingQuantity-C-011", row => Has(row, "SkuPriceId") || !Has(row, "PricingQuantity")),
        ("CAU-PricingUnit-C-005 and 006", row => Has(row, "PricingQuantity") == Has(row, "PricingUnit")),
        ("CAU-ConsumedQuantity-C-006", row => !IsUsage(row) || Has(row, "ConsumedQuantity")),
        ("CAU-ConsumedQuantity-C-009", row => Has(row, "SkuPriceId") || !Has(row, "ConsumedQuantity")),
        ("CAU-ConsumedQuantity-C-000-C", row => row["ChargeCategory"] == "Usage" || !Has(row, "ConsumedQuantity")),
        ("CAU-ConsumedUnit-C-005 and 006", row => Has(row, "ConsumedQuantity") == Has(row, "ConsumedUnit")),
        ("CAU-ListCost-C-000-M", row => Has(row, "ListUnitPrice")
            ? FocusTests.IsProduct(row["ListUnitPrice"], row["PricingQuantity"], row["ListCost"]) : row["ListCost"] == row["BilledCost"]),
        ("CAU-ContractedCost-C-000-M", row => Has(row, "ContractedUnitPrice")
            ? FocusTests.IsProduct(row["ContractedUnitPrice"], row["PricingQuantity"], row["ContractedCost"]) : row["ContractedCost"] == row["BilledCost"]),
        ("CAU-ContractedCost-C-000-M, not negotiated", row => row["x_PriceId"] != "8" || row["ContractedCost"] == row["ListCost"]),

        // Nothing here covers other charges or is covered by them.
        ("CAU-EffectiveCost-C-000-M", row => row["EffectiveCost"] == row["BilledCost"]),
        ("CAU-SubAccountName-C-000-C", row => Has(row, "SubAccountId") == Has(row, "SubAccountName")),
        ("CAU-SubAccountType-C-000-C", row => Has(row, "SubAccountId") == Has(row, "SubAccountType")),
        ("CAU-RegionName-C-000-C", row => Has(row, "RegionId") == Has(row, "RegionName")),
        ("UnitFormat-A-000-M", row => row["ConsumedUnit"] is "" or "Tokens" or "Requests" && row["PricingUnit"] is "" or "1000000 Tokens" or "Requests"),
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.4")]
    public async Task Files_have_the_columns_and_keep_the_rules_of_the_specification(string version)
    {
        await using var export = await FocusTests.WithPricesAsync();
        var run = await export.NewRunAsync($"focus-{version}");
        var files = await export.Writer.WriteAsync(run, EveryKind().ToAsyncEnumerable(), Cancel);

        // Loaders go by the ending.
        Assert.All(files.All, file => Assert.EndsWith(".csv", file.Key, StringComparison.Ordinal));
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(export.PathOf(run.Bucket, run.ManifestKey), Cancel));
        var names = manifest.RootElement.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()!).ToList();
        var table = Columns.Split('\n').Skip(1).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Where(cells => cells[3].Contains(version, StringComparison.Ordinal))
            .Select(cells => (Name: cells[0].Split('-')[1], MayBeNull: cells[1] == "yes", Type: cells[2])).ToList();

        // FOCUS's own stand before others, which have a prefix (ColumnHandling).
        Assert.Equal(table.Select(column => column.Name).Order(StringComparer.Ordinal), names.TakeWhile(name => !name.StartsWith("x_", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.All(names.Skip(table.Count), name => Assert.Matches("^x_[A-Z][A-Za-z]{0,47}$", name));

        var rows = new List<Row>();
        foreach (var file in files.All)
        {
            rows.AddRange(CsvFile.Read(await File.ReadAllTextAsync(export.PathOf(run.Bucket, file.Key), Cancel)));
        }

        Assert.Equal(["Adjustment ", "Adjustment Correction", "Usage ", "Usage Correction"], rows.Select(row => $"{row["ChargeCategory"]} {row["ChargeClass"]}").Distinct().Order(StringComparer.Ordinal));
        foreach (var row in rows)
        {
            Assert.Equal(names, row.Keys);
            Assert.All(table, column => Assert.True(row[column.Name].Length > 0 ? IsOf(column.Type, row[column.Name]) : column.MayBeNull, $"{column.Name} of {column.Type} is '{row[column.Name]}'"));
            Assert.All(Rules, rule => Assert.True(rule.Holds(row), $"{rule.Rule}: {string.Join(", ", row.Where(cell => cell.Value.Length > 0).Select(cell => $"{cell.Key}={cell.Value}"))}"));
        }

        // A price has one good, and says one unit price and the same properties at a time.
        Assert.All(rows.Where(row => Has(row, "SkuPriceId")).GroupBy(row => row["SkuPriceId"]), of => Assert.Single(of.Select(row => (row["SkuId"], row["SkuPriceDetails"], row["PricingUnit"])).Distinct()));
        Assert.All(rows.Where(row => Has(row, "SkuPriceId")).GroupBy(row => (row["SkuPriceId"], row["x_PriceId"])), of => Assert.Single(of.Select(row => (row["ListUnitPrice"], row["ContractedUnitPrice"])).Distinct()));
    }

    /// <summary>Of each tier and kind; free, late, of nobody; what takes tokens back and what changes a price, of open months and of a closed one.</summary>
    private static IEnumerable<UsageRecord> EveryKind()
    {
        var whole = FocusRecords.Rated(1, new(1_234_567, 20, 3, 333, 7, 11));
        var small = FocusRecords.Rated(2, new(100, 20, 3, 30, 7, 11));
        var unsaid = FocusRecords.Rated(3, new(1, 0, 0, 0, 0));
        (unsaid.Event.Provider, unsaid.Event.TeamId, unsaid.Event.ModelServed) = ("", "", "");
        unsaid.Event.Tags.Clear();
        var undiscounted = Records.Of(4, costNanos: 7_020);
        (undiscounted.Event.PriceId, undiscounted.Event.Region, undiscounted.Event.TeamId) = (8, "eu-west", "team_unknown");
        undiscounted.Event.Tokens = new Tokens { Input = 7 };
        undiscounted.Cost = new Cost { InputNanos = 7_000, RequestNanos = 20, TotalNanos = 7_020 };
        var lost = FocusRecords.Rated(5, new(9, 0, 0, 0, 0));
        lost.Event.PriceId = 99;
        UsageRecord[] open =
        [
            whole, small, unsaid, undiscounted, lost, Records.Of(6, costNanos: null), FocusRecords.TakenBack(7, whole), FocusRecords.TakenBack(8, undiscounted),
            FocusRecords.Repriced(9, small, -5),
        ];
        var closed = new[] { small, FocusRecords.TakenBack(10, small), FocusRecords.Repriced(11, small, 12) }.Select(record => record.Clone()).ToList();
        closed[0].RecordId = Records.Of(12).RecordId;
        closed.ForEach(record => record.BookedAt = Timestamp.FromDateTimeOffset(new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero)));
        return [.. open, .. closed];
    }

    private static bool Has(Row row, string column) => row[column].Length > 0;

    /// <summary>Most of what must be there must be there for usage that corrects no closed period.</summary>
    private static bool IsUsage(Row row) => row["ChargeCategory"] == "Usage" && row["ChargeClass"] != "Correction";

    private static bool IsOf(string type, string text) => type switch
    {
        "decimal" => Number().IsMatch(text),
        "moment" => DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _),
        "currency" => text.Length == 3 && text.All(char.IsAsciiLetterUpper),
        "map" => JsonDocument.Parse(text).RootElement.EnumerateObject().All(property => property.Value.ValueKind == JsonValueKind.String),
        _ => text == text.Trim(),
    };

    [GeneratedRegex(@"^-?\d+(\.\d+)?$")]
    private static partial Regex Number();
}
