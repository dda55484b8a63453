using Microsoft.Extensions.Logging.Abstractions;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Pricing;

namespace Platform.Routing.Tests;

public sealed class PriceReplicaTests
{
    private static readonly string[] Models = ["old", "first", "second", "third"];

    private readonly PriceReplica _replica = new(null!, TimeProvider.System, NullLogger<PriceReplica>.Instance);

    [Fact]
    public void Snapshot_in_parts_holds_when_all_of_it_is_there()
    {
        _replica.Take(Part(1, more: false, "old"), isFirst: true);
        _replica.Take(Part(2, more: true, "first"), isFirst: false);
        Assert.Equal(["old"], Priced());
        _replica.Take(Part(2, more: true, "second"), isFirst: false);
        Assert.Equal(["old"], Priced());
        _replica.Take(Part(2, more: false, "third"), isFirst: false);
        Assert.Equal(["first", "second", "third"], Priced());

        // A heartbeat.
        _replica.Take(Part(2, more: false), isFirst: false);
        Assert.Equal(["first", "second", "third"], Priced());
    }

    [Fact]
    public void Parts_of_a_stream_that_broke_are_not_put_before_those_of_the_next()
    {
        _replica.Take(Part(1, more: true, "old"), isFirst: true);
        Assert.False(_replica.IsReceived);
        _replica.Take(Part(1, more: true, "first"), isFirst: true);
        _replica.Take(Part(1, more: false, "second"), isFirst: false);
        Assert.Equal(["first", "second"], Priced());
    }

    [Fact]
    public void New_stream_of_the_same_revision_is_a_snapshot()
    {
        _replica.Take(Part(1, more: false, "old"), isFirst: true);
        _replica.Take(Part(1, more: true, "first"), isFirst: true);
        _replica.Take(Part(1, more: false, "second"), isFirst: false);
        Assert.Equal(["first", "second"], Priced());
    }

    private string[] Priced() => [.. Models.Where(model => _replica.Current!.Find("openai", model) is not null)];

    private static PriceBook Part(long revision, bool more, params IEnumerable<string> models) => new()
    {
        Revision = revision,
        More = more,
        Prices = { models.Select(model => new PriceRow { PriceId = 1, Provider = "openai", Model = model, Tier = "standard", Currency = "USD" }) },
    };
}
