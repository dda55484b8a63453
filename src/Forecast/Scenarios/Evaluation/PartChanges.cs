using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>
/// Lets the changes of a scenario, in their order, act on the parts of one segment or plan item. Which change did how much is kept as increments; what they touched and what is not served any more
/// likewise. Limits are not here: what they hold back differs from path to path (<see cref="LimitEffect"/>), so they only note what they would hold back of.
/// </summary>
/// <param name="ahead">By step, what prices that the book has for later make of all parts together; null: nothing, or of one as of the other.</param>
internal sealed class PartChanges(ScenarioInputs inputs, SegmentKey key, List<CallPart> parts, double[]? ahead = null)
{
    /// <summary>By step, how far routing, refusals and what routing saved of refusals are lifted.</summary>
    private readonly double[][] _lifted = [.. Enumerable.Range(0, 3).Select(_ => new double[inputs.Timeline.Steps.Count])];

    /// <summary>Changes of prices that have acted, in order.</summary>
    private readonly List<PriceChange> _prices = [];

    public List<CallPart> Parts => parts;

    public List<Increment> Increments { get; } = [];

    /// <summary>What a change acts on, before it does.</summary>
    public List<Increment> Touched { get; } = [];

    /// <summary>What of it is not served any more.</summary>
    public List<Increment> Unserved { get; } = [];

    public void Apply(int place, Change change)
    {
        var trace = inputs.Traces[place];
        switch (change)
        {
            case PriceChange price when price.Of.TakesSegment(key.TeamId, key.Workload):
                Price(place, price, trace);
                _prices.Add(price);
                break;
            case RouteChange route when route.Of.TakesSegment(key.TeamId, key.Workload):
                var (provider, model) = inputs.Prices.Resolve(route.Provider, route.Model);
                Move(place, route.Of, inputs.Timeline.Active(route.When), route.Share, trace, part => part.Provider == provider && part.Model == model
                    ? null
                    : (provider, model, part.Lane, inputs.Prices.To(part.Now, part.Lane, provider, model, part.Lane, trace)));
                break;
            case LaneChange lane when lane.Of.TakesSegment(key.TeamId, key.Workload):
                Move(place, lane.Of, inputs.Timeline.Active(lane.When), lane.Share, trace, part => part.Lane == lane.Lane ? null : LanePrices.Of(lane, part, key, inputs, trace));
                break;
            case LiftChange lift when lift.Of.TakesSegment(key.TeamId, key.Workload) && (lift.Of.Lane.Length == 0 || lift.Of.Lane == key.Lane):
                Lift(place, lift, inputs.Timeline.Active(lift.When));
                break;
            case OutageChange outage when outage.Of.TakesSegment(key.TeamId, key.Workload):
                Fail(place, outage, inputs.Outages[place].Of(key.TeamId), trace);
                break;
            case LimitChange limit when limit.TeamId.Length == 0 || limit.TeamId == key.TeamId:
                Increments.AddRange(parts.Select(part => new Increment(place, part.Amount, part.Use, [.. part.Level.Select(level => -level)])));
                Touched.AddRange(parts.Select(part => new Increment(place, part.Amount, part.Use, [.. part.Level])));
                break;
        }
    }

    private CallPart[] Taken(Selection selection) => Taken(selection, part => selection.TakesRoute(part.Lane, part.Provider, part.Model));

    private CallPart[] Taken(Selection selection, Func<CallPart, bool> takes) => [.. parts.Where(part => part.Amount == AmountOf.Route || !selection.HasRoute).Where(takes)];

    private void Price(int place, PriceChange price, ChangeTrace trace)
    {
        foreach (var part in Taken(price.Of, part => inputs.Prices.AreOf(price.Of, part, trace)))
        {
            if (Dearer(price, part, _prices, trace) is { } grown)
            {
                Touch(place, part, inputs.Timeline.Active(price.When));
                Add(place, part, grown);
            }
        }
    }

    /// <summary>By step, what a change of price adds to a part's level after those before it; null where nothing says.</summary>
    private double[]? Dearer(PriceChange price, CallPart part, IEnumerable<PriceChange> before, ChangeTrace trace)
    {
        var active = inputs.Timeline.Active(price.When);
        if (price.Share is { } share)
        {
            return [.. part.Level.Zip(active, (level, on) => level * share * on)];
        }

        (PriceChange Change, double[] Active)[] acted = [.. before.Where(other => inputs.Prices.AreOf(other.Of, part, trace)).Select(other => (other, inputs.Timeline.Active(other.When)))];
        return inputs.Prices.At(part.Now, part.Lane, price.Rates!, step => [.. acted.Where(other => other.Active[step] > 0).Select(other => other.Change.Price)], ahead, inputs, trace) is { } becomes
            ? [.. part.Level.Select((level, step) => active[step] > 0 ? becomes(step, level, part.BeforePrices[step]) - level : 0)]
            : null;
    }

    /// <summary>Calls that come to another route, at the price of the book, have there what the changes before made of that price.</summary>
    private CallPart Arrived(CallPart part, ChangeTrace trace)
    {
        foreach (var (place, price) in _prices.Index().Where(price => inputs.Prices.AreOf(price.Item.Of, part, trace)))
        {
            Raise(part, Dearer(price, part, _prices.Take(place), trace) ?? []);
        }

        return part;
    }

    private void Move(int place, Selection selection, double[] active, double share, ChangeTrace trace, Func<CallPart, (string Provider, string Model, string Lane, double? Ratio)?> to)
    {
        foreach (var part in Taken(selection).Where(part => part.Amount == AmountOf.Route))
        {
            if (to(part) is not { Ratio: { } ratio } there)
            {
                continue;
            }

            Touch(place, part, active);
            double[] moved = [.. part.Level.Zip(active, (level, on) => level * share * on)];
            double[] leaves = [.. part.BeforePrices.Zip(active, (level, on) => level * share * on)];
            double[] arrives = [.. leaves.Zip(LaterRatio(part, there.Provider, there.Model, there.Lane), (level, later) => level * ratio * later)];
            var arrived = Arrived(new CallPart(part.Amount, part.Use, part.Calls, there.Provider, there.Model, there.Lane, arrives), trace);
            Increments.Add(new Increment(place, part.Amount, part.Use, [.. arrived.Level.Zip(moved, (came, left) => came - left)]));
            for (var step = 0; step < moved.Length; step++)
            {
                (part.Level[step], part.BeforePrices[step]) = (part.Level[step] - moved[step], part.BeforePrices[step] - leaves[step]);
            }

            parts.Add(arrived);
        }
    }

    /// <summary>By step, what later prices make of the one route by what they make of the other.</summary>
    private IEnumerable<double> LaterRatio(CallPart part, string provider, string model, string lane) =>
        ModelPrices.Ahead(part.Now with { Provider = provider, Model = model }, lane, inputs).Zip(ModelPrices.Ahead(part.Now, part.Lane, inputs), (there, here) => here > 0 ? there / here : 1);

    /// <summary>What is lifted already comes back once.</summary>
    private void Lift(int place, LiftChange lift, double[] active)
    {
        Raise(AmountOf.Saved, _lifted[0], active, Lifted.Routing);
        Raise(AmountOf.Refused, _lifted[1], active, Lifted.Refusals);
        Raise(AmountOf.SavedOfRefused, _lifted[2], [.. _lifted[0].Zip(_lifted[1], Math.Min)], Lifted.Routing | Lifted.Refusals);

        void Raise(AmountOf amount, double[] lifted, double[] to, Lifted what)
        {
            if ((lift.What & what) == 0)
            {
                return;
            }

            double[] more = [.. to.Zip(lifted, (on, before) => Math.Max(0, on - before))];
            for (var step = 0; step < more.Length; step++)
            {
                lifted[step] += more[step];
            }

            Increments.Add(new Increment(place, amount, 0, more));
            Touched.Add(new Increment(place, amount, 0, more));
            parts.Add(new CallPart(amount, 0, new RouteUse("", "", 0, 0, 0, 0), "", "", key.Lane, [.. more]));
        }
    }

    private void Fail(int place, OutageChange outage, double[] active, ChangeTrace trace)
    {
        foreach (var part in Taken(outage.Of))
        {
            Touch(place, part, active);
            var (share, ratio, route) = inputs.Fallbacks.Of(outage, part, key, inputs.Prices, trace);
            Unserved.Add(new Increment(place, part.Amount, part.Use, [.. part.Level.Zip(active, (level, on) => level * on * (1 - share))]));
            double[] there = route is { } to
                ? Arrived(new CallPart(part.Amount, part.Use, part.Calls, to.Provider, to.Model, part.Lane, [.. part.BeforePrices.Select(level => level * ratio)]), trace).Level
                : [.. part.Level.Select(level => level * ratio)];
            Add(place, part, [.. there.Select((level, step) => active[step] * (share * level - part.Level[step]))]);
            for (var step = 0; step < active.Length; step++)
            {
                part.BeforePrices[step] *= 1 + active[step] * (share * ratio - 1);
            }
        }
    }

    private void Touch(int place, CallPart part, double[] active) =>
        Touched.Add(new Increment(place, part.Amount, part.Use, [.. part.Level.Zip(active, (level, on) => level * on)]));

    private void Add(int place, CallPart part, double[] grown)
    {
        Increments.Add(new Increment(place, part.Amount, part.Use, grown));
        Raise(part, grown);
    }

    private static void Raise(CallPart part, double[] grown)
    {
        for (var step = 0; step < grown.Length; step++)
        {
            part.Level[step] += grown[step];
        }
    }
}
