using System.Text.Json;
using CsCheck;
using Platform.Contracts.Events;

namespace Platform.Contracts.Tests;

public sealed class UsageMeteredJsonTests
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    private static readonly Gen<string> Text = Gen.OneOf(Gen.Const(""), Gen.Const("team_search"), Gen.Const("gpt-4o-mini"), Gen.String[Gen.Char["aé\"\\\n中"], 0, 5]);

    private static readonly Gen<DateTimeOffset> Moment = Gen.Long[0, 4_000_000_000_000_000].Select(microseconds => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds));

    private static readonly Gen<UsageMeteredItem> Item =
        from ids in Gen.Select(Gen.Guid, Gen.Guid, Gen.Guid.Nullable(), Gen.Guid.Nullable())
        from texts in Text.Array[10]
        from figures in Gen.Select(Gen.Long.Nullable(), Gen.Long, Gen.Long, Gen.Long[0, 3], Gen.Bool)
        from moments in Gen.Select(Moment, Moment)
        from rare in Gen.Select(Moment.Nullable(), Gen.Long[-5, 5].Nullable())
        from compared in Gen.Select(Gen.Long.Nullable(), Gen.Long.Nullable(), Gen.Long.Nullable(), Gen.Bool)
        from awaits in Gen.Bool
        from priced in Gen.Long[-3, 3]
        from traceparent in Gen.Bool.Select(has => has ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : null)
        select new UsageMeteredItem(
            ids.Item1, ids.Item2, texts[0], texts[1], texts[2], texts[3], texts[4], texts[5], figures.Item1, texts[6], figures.Item2, figures.Item3, figures.Item5,
            moments.Item1, moments.Item2, traceparent, ids.Item3, ids.Item4, figures.Item4, texts[7], texts[8], rare.Item1, rare.Item2, compared.Item1, compared.Item2,
            compared.Item4 ? texts[9] : "", compared.Item3, awaits, priced);

    [Fact]
    public void Message_is_read_as_it_was_written_whatever_the_order_of_its_properties()
    {
        Gen.Select(Gen.Guid, Item.List[0, 20]).Sample((id, items) =>
        {
            var json = JsonSerializer.Serialize(new UsageMetered(id, items), Web);
            AssertEqual(id, items, JsonSerializer.Deserialize<UsageMetered>(json, Web)!);
            var properties = JsonDocument.Parse(json).RootElement.EnumerateObject().Reverse();
            AssertEqual(id, items, JsonSerializer.Deserialize<UsageMetered>("{" + string.Join(", ", properties.Select(property => $"\"{property.Name}\": {property.Value.GetRawText()}")) + "}", Web)!);
        });
    }

    [Fact]
    public void Message_of_a_version_before_is_read()
    {
        Gen.Select(Gen.Guid, Item.List[0, 5]).Sample((id, items) =>
            AssertEqual(id, items, JsonSerializer.Deserialize<UsageMetered>(JsonSerializer.Serialize(new { BatchId = id, Items = items }, Web), Web)!));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"batchId": "0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10"}""")]
    [InlineData("""{"items": [[0, 0, "0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10", "0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10", 1, 1, 1, "2026-06-10T12:00:00+00:00", null]]}""")]
    [InlineData("""{"items": [[0, 0]], "callers": [["t", "u", "a"]], "routes": [["leased", "w", "l", "p", "m", "USD", "2026-06-10T12:00:00+00:00", false]]}""")]
    [InlineData("""{"items": [], "callers": [["t"]]}""")]
    [InlineData("""{"items": [], "awaiting": [0]}""")]
    [InlineData("""{"items": [], "priced": [[0, 1]]}""")]
    public void Message_with_something_missing_is_refused(string json) => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<UsageMetered>(json, Web));

    private static void AssertEqual(Guid id, List<UsageMeteredItem> items, UsageMetered read)
    {
        Assert.Equal(id, read.BatchId);
        Assert.Equal(items, read.Items);
    }
}
