using Platform.Contracts.Routing.V1;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

public sealed class StrandedBatchesTests
{
    [Fact]
    public void Lanes_that_batches_wait_in_and_that_go_or_have_no_windows_are_told_with_how_many_wait()
    {
        var policy = new RoutePolicy
        {
            Lanes = { new LanePolicy { Name = "standard" }, new LanePolicy { Name = "night" }, new LanePolicy { Name = "scheduled", Windows = { new Window { Cron = "0 22 * * *", Minutes = 480 } } } },
        };
        Assert.Empty(StrandedBatches.Of(policy, new Dictionary<string, int>()));
        var told = StrandedBatches.Of(policy, new Dictionary<string, int> { ["scheduled"] = 9, ["night"] = 1, ["gone"] = 12 }).ToList();
        Assert.Equal(2, told.Count);
        Assert.StartsWith("12 batches wait in the lane 'gone', which is not there: ", told[0], StringComparison.Ordinal);
        Assert.StartsWith("1 batch waits in the lane 'night', which has no windows: ", told[1], StringComparison.Ordinal);
    }
}
