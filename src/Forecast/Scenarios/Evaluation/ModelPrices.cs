using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;
using Platform.Rating;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>What calls of a route would cost elsewhere, by the price book of today: a ratio of prices for the same tokens, so that what caching and discounts take off today stays taken off.</summary>
internal sealed class ModelPrices(PlanBook book)
{
    /// <summary>What is wrong with a route that calls are to be moved to; null: it has a price.</summary>
    public string? Problem(string provider, string model) => PlanPrices.RowOf(provider, model, "", book) is { Row: null } found ? found.Note : null;

    /// <summary>The name with the provider that has it.</summary>
    public (string Provider, string Model) Resolve(string provider, string model) =>
        PlanPrices.RowOf(provider, model, "", book).Row is { } row ? (row.Provider, model) : (provider, model);

    /// <summary>Whether a price that is named so is that of a part's calls: also where they are recorded under another name of its model, without a price of their own.</summary>
    public bool AreOf(Selection price, CallPart part, ChangeTrace trace)
    {
        if (price.TakesRoute(part.Lane, part.Provider, part.Model))
        {
            return true;
        }

        var model = book.Names.ModelOf(part.Provider, part.Model);
        if (model == part.Model || !price.TakesRoute(part.Lane, part.Provider, model) || PlanPrices.RowOf(part.Provider, part.Model, part.Lane, book).Row?.Model != model)
        {
            return false;
        }

        trace.Note($"{part.Now.Name} is another name of {model}, and has its price.");
        return true;
    }

    /// <summary>Price at the other route by the price here; null where neither the book nor the calls' own cost says.</summary>
    public double? To(RouteUse use, string lane, string provider, string model, string toLane, ChangeTrace trace)
    {
        if (PlanPrices.RowOf(provider, model, toLane, book).Row is not { } row || Cost(PlanPrices.PriceOf(row), use) is not { } there)
        {
            trace.Note($"{use.Name} stays as it is: nothing says what its calls would cost at {provider}/{model}.");
            return null;
        }

        return Here(use, lane, trace) is { } here and > 0 ? there / here : null;
    }

    /// <summary>What serves the model in the scheduled lane by the policy in force, and its price by the price here; null where neither the book nor the calls' own cost says.</summary>
    public (string Provider, string Model, double? Ratio) Scheduled(RouteUse use, string lane, ChangeTrace trace)
    {
        var found = PlanPrices.Scheduled(use.Provider, use.Model, book);
        if (found.Row is not { } row || Cost(PlanPrices.PriceOf(row), use) is not { } there)
        {
            trace.Note($"{use.Name} stays as it is: nothing says what its calls would cost in lane {ScheduledRoute.Lane}. {found.Note}");
            return (use.Provider, use.Model, null);
        }

        trace.Note($"{use.Name} would cost what {found.Note} does.");
        return (row.Provider, row.Model, Here(use, lane, trace) is { } here and > 0 ? there / here : null);
    }

    /// <summary>
    /// By step, what becomes of a level by new rates: times them by the rates of then, which are those of today or of a version that the book has for later, as changes before made them. A rate that is not said
    /// stays what it is then. What would be free then is what it costs today by what its segment will. Null where the book has no price to compare with. Rates above a number of tokens of input are not what
    /// was said, and stay.
    /// </summary>
    /// <param name="before">By step, the changes of this price that act there before it, in their order.</param>
    /// <param name="segment">By step, what prices make of the segment that the calls are of (<see cref="Ahead(RouteUse, string, ScenarioInputs)"/>); null: as of the calls.</param>
    /// <returns>By step, the level, and the level without any change of a price.</returns>
    public Func<int, double, double, double>? At(RouteUse use, string lane, NewRates rates, Func<int, NewPrice[]> before, double[]? segment, ScenarioInputs inputs, ChangeTrace trace)
    {
        if (PlanPrices.RowOf(use.Provider, use.Model, lane, book).Row is not { } row || Cost(PlanPrices.PriceOf(row), use) is not { } here || here <= 0)
        {
            trace.Note($"{use.Name} stays as it is: the price book has no price of it that the new rates could be compared with.");
            return null;
        }

        var call = MeanCall.Of(use.Calls, use.InputTokens, use.OutputTokens)!.Value;
        if (row.ContextTiers.Any(tier => call.InputTokens > tier.AboveInputTokens))
        {
            trace.Note($"Calls of {use.Name} have {call.InputTokens:0} tokens of input in the mean, which has rates of its own in the book: those stay as they are.");
        }

        return (step, level, unpriced) =>
        {
            var acted = before(step);
            var (was, there, known) = (CostIn(step, acted), CostIn(step, [.. acted, new NewPrice(null, rates)]), CostIn(step, []));
            if (was > 0)
            {
                return level * (there / was);
            }

            // A change before has made it free.
            if (known > 0)
            {
                return unpriced * (there / known);
            }

            if (segment?[step] is > 0 and var all)
            {
                return there / (here * all);
            }

            trace.Note($"{use.Name} is to be free by the price book, and all of its segment with it: those days stay as they are, since nothing says how many calls they have.");
            return level;
        };

        double CostIn(int step, NewPrice[] changes)
        {
            var (from, to) = Times(inputs.Timeline.Steps[step], inputs);
            var versions = inputs.Current.Forecast.Prices.Versions.Of(use.Provider, use.Model, lane);
            return versions.Changes ? versions.Over(from, to, price => Cost(price, call, changes))!.Value : Cost(PlanPrices.PriceOf(row), call, changes);
        }
    }

    /// <summary>By step, what calls will cost by the prices that the book has for then, for each unit that they cost now; 1 where it has no other.</summary>
    public static double[] Ahead(RouteUse use, string lane, ScenarioInputs inputs)
    {
        var prices = inputs.Current.Forecast.Prices;
        var versions = prices.Versions.Of(use.Provider, use.Model, lane);
        return MeanCall.Of(use.Calls, use.InputTokens, use.OutputTokens) is not { } call || !versions.Changes
            ? inputs.Timeline.Whole()
            : [.. inputs.Timeline.Steps.Select(step => Times(step, inputs)).Select(time => prices.Ahead(time.From, time.To, versions, call))];
    }

    private static (DateTimeOffset From, DateTimeOffset To) Times(Step step, ScenarioInputs inputs)
    {
        var horizon = inputs.Timeline.Horizon;
        return (StartOf(step.FirstDay), StartOf(step.EndDay));

        DateTimeOffset StartOf(int day) => day == 0 ? inputs.Current.Forecast.Prices.Now : horizon.Calendar.StartOf(horizon.Today.AddDays(day));
    }

    /// <summary>The same of all calls of a segment; null where no later price is in it.</summary>
    public static double[]? Ahead(SegmentSeries segment, Timeline timeline) => segment.Prices?.Ahead is { } ahead
        ? [.. timeline.Steps.Select(step => Enumerable.Range(step.FirstDay, step.Days).Average(day => ahead[day]))]
        : null;

    private double? Here(RouteUse use, string lane, ChangeTrace trace)
    {
        if (PlanPrices.RowOf(use.Provider, use.Model, lane, book).Row is { } row && Cost(PlanPrices.PriceOf(row), use) is { } cost and > 0)
        {
            return cost;
        }

        trace.Note($"The price book has no price of {use.Name} in force: it counts at what its calls of four weeks cost.");
        return use.Calls > 0 ? use.CostNanos * (double)MeanCall.Calls / use.Calls : null;
    }

    /// <summary>Of a thousand of its mean calls.</summary>
    private static double? Cost(Price price, RouteUse use) => MeanCall.Of(use.Calls, use.InputTokens, use.OutputTokens)?.CostAt(price);

    /// <summary>Of a thousand calls at a price as changes make it, one after the other: a rate that is said is no multiple of what was before it. Not rounded, since any percentage may be said.</summary>
    private static double Cost(Price price, MeanCall call, NewPrice[] changes)
    {
        var (rates, isLong) = (price.RatesFor((long)call.InputTokens), price.ContextTiers.Any(tier => (long)call.InputTokens > tier.AboveInputTokens));
        var (input, output, request) = ((double)rates.Input, (double)rates.Output, (double)price.PerRequest);
        foreach (var (share, said) in changes)
        {
            (input, output, request) = said is null ? (input * (1 + share!.Value), output * (1 + share.Value), request * (1 + share.Value))
                : (isLong ? input : said.Input ?? input, isLong ? output : said.Output ?? output, said.PerRequest ?? request);
        }

        return MeanCall.Calls * ((call.InputTokens * input + call.OutputTokens * output) / Rater.TokensPerPriceUnit + request) * (1 - price.DiscountPpm / (double)Price.FullDiscountPpm);
    }
}
