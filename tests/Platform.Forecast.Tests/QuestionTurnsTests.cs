using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Diagnoses;
using Platform.Forecast.Layers;
using Platform.Forecast.Scenarios;
using Platform.Forecast.Series;
using Platform.Forecast.Work;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class QuestionTurnsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Turns_come_in_the_order_of_asking_and_as_many_at_once_as_may_be()
    {
        var turns = new QuestionTurns(atOnce: 2, mostWaiting: 3);
        var (first, second) = (await turns.EnterAsync(Cancellation), await turns.EnterAsync(Cancellation));
        var waiting = Enumerable.Range(0, 3).Select(_ => turns.EnterAsync(Cancellation)).ToArray();
        Assert.DoesNotContain(waiting, turn => turn.IsCompleted);

        second.Dispose();
        second.Dispose();
        var third = await waiting[0].WaitAsync(Patience, Cancellation);
        Assert.False(waiting[1].IsCompleted);

        first.Dispose();
        third.Dispose();
        (await waiting[1].WaitAsync(Patience, Cancellation)).Dispose();
        (await waiting[2].WaitAsync(Patience, Cancellation)).Dispose();
        Assert.True(turns.EnterAsync(Cancellation).IsCompletedSuccessfully);
        Assert.True(turns.EnterAsync(Cancellation).IsCompletedSuccessfully);
        Assert.False(turns.EnterAsync(Cancellation).IsCompleted);
    }

    [Fact]
    public async Task Who_leaves_gives_up_the_place_and_beyond_the_queue_questions_are_refused()
    {
        var turns = new QuestionTurns(atOnce: 1, mostWaiting: 1);
        var first = await turns.EnterAsync(Cancellation);
        using var caller = new CancellationTokenSource();
        var left = turns.EnterAsync(caller.Token);
        var refused = await Assert.ThrowsAsync<RpcException>(() => turns.EnterAsync(Cancellation));
        Assert.Equal((StatusCode.ResourceExhausted, Reasons.QuestionsBusy), (refused.StatusCode, RpcErrors.ReasonOf(refused)));

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left.WaitAsync(Patience, Cancellation));
        var next = turns.EnterAsync(Cancellation);
        first.Dispose();
        (await next.WaitAsync(Patience, Cancellation)).Dispose();
    }

    [Fact]
    public async Task Heavy_questions_are_refused_while_too_many_wait_and_those_of_one_team_are_not()
    {
        var now = Utc("2026-06-10T15:20:00");
        await using var forecast = await ForecastFixture.CreateAsync(now, Cancellation);
        forecast.Organisation.Teams.Add("team_support");
        var turns = forecast.Get<QuestionTurns>();
        using var one = await turns.EnterAsync(Cancellation);
        using var two = await turns.EnterAsync(Cancellation);
        for (var i = 0; i < QuestionTurns.MostWaiting; i++)
        {
            Assert.False(turns.EnterAsync(Cancellation).IsCompleted);
        }

        var whatIf = new WhatIfRequest { TeamId = "team_support", Scenarios = { new Scenario { Name = "less", Changes = { "wallet team=team_support amount=100" } } } };
        forecast.Organisation.Funds["team_support"] = 500_000_000_000;
        await RefusedAsync(() => forecast.Get<WhatIf>().RunAsync(whatIf, whatIf.Scenarios, Cancellation));
        await RefusedAsync(() => forecast.Get<GetLayers>().RunAsync(new GetLayersRequest(), Cancellation));
        await RefusedAsync(() => forecast.Get<ReadTeamFacts>().RunAsync(BillingCalendar.Find("")!, now, "USD", "", Cancellation));

        Assert.Equal("team_support", (await forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = "team_support" }, Cancellation)).TeamId);
        Assert.Single(await forecast.Get<ReadTeamFacts>().RunAsync(BillingCalendar.Find("")!, now, "USD", "team_support", Cancellation));
    }

    private static async Task RefusedAsync(Func<Task> ask) => Assert.Equal(Reasons.QuestionsBusy, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(ask)));
}
