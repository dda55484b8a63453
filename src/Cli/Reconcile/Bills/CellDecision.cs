using Platform.Cli.Output;
using Platform.Cli.ProviderFiles;
using Platform.Contracts;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>Whether a cell matches, and if not, why most likely. Pure.</summary>
internal static class CellDecision
{
    /// <summary>
    /// (1) A cell matches when the costs agree within the tolerance and, where the bill counts them, the tokens exactly. (2) What differs is first asked for the
    /// causes that do not need both sides: money that cannot be compared, rounding, credits, costs that the bill lacks, missing prices, midnight, attempts without an end. (3) What only one side has is
    /// unattributed. (4) The rest is told apart by tokens: more, fewer, others, the same at another price.
    /// </summary>
    public static Finding Decide(BillCell cell, BillContext context)
    {
        if (context.HasCosts && cell.IsOnBill && cell.Records.Currency is { Length: > 0 } ours && context.Currencies.Any(currency => currency != ours))
        {
            return Drift(DriftCause.Currency, $"The bill is in {string.Join(", ", context.Currencies)}, the records in {ours}: their amounts cannot be compared.");
        }

        var tokensAgree = (cell.TokenGap ?? default) == default;
        if (cell.IsOnBill && cell.IsInRecords && context.CostsAgree(cell) && tokensAgree)
        {
            return Finding.Matched;
        }

        // Where the bill counts as many tokens as the records, neither has a call that the other lacks.
        var hasSameCalls = cell.TokenGap is not null && tokensAgree;
        return (tokensAgree ? Rounding(cell, context) ?? Credit(cell, context) ?? MissingCosts(cell, context) : null)
            ?? Unpriced(cell, context)
            ?? (hasSameCalls ? null : DayEdge(cell, context) ?? Open(cell, context))
            ?? OneSided(cell)
            ?? ByTokens(cell, context)
            ?? ByPrice(cell, context);
    }

    private static Finding? Rounding(BillCell cell, BillContext context)
    {
        var gap = Math.Abs(cell.CostGap);
        if (!context.HasCosts || !cell.IsOnBill || !cell.IsInRecords || cell.Records.Unpriced > 0)
        {
            return null;
        }

        if (gap <= cell.RoundingBound)
        {
            return Drift(DriftCause.Rounding, $"{cell.Records.RoundedFigures} figures were each rounded to nano-units, which explains up to {Units(cell.RoundingBound)}.");
        }

        // Half a cent an amount, where the whole bill is in cents; of currencies without cents half of what they have.
        var smallest = context.RoundedTo is { } places ? new decimal(1, 0, 0, false, (byte)places) : 0;
        var bound = cell.Bill.CostRows * smallest * Money.NanosPerUnit / 2;
        return gap <= bound ? Drift(DriftCause.Rounding, $"The bill's amounts are rounded to {smallest}, which explains up to {Units(bound)}.") : null;
    }

    // Of what the bill gives back the records may have a part, or more than that: the rest is all that differs.
    private static Finding? Credit(BillCell cell, BillContext context)
    {
        var (given, booked) = (-cell.Bill.CreditNanos, (decimal)-Math.Min(0, cell.Records.AdjustedNanos));
        if (given == booked || !context.HasCosts || !cell.IsOnBill || !cell.IsInRecords || cell.Records.Unpriced > 0 || !Agrees(cell, cell.CostGap + given - booked, context))
        {
            return null;
        }

        return Drift(
            DriftCause.Credit,
            booked == 0 ? $"The bill gives {Units(given)} back, and agrees with the records but for that: book it (kt usage adjust)."
            : given > booked ? $"The bill gives {Units(given)} back, of which {Units(booked)} is booked, and agrees with the records but for the other {Units(given - booked)}: book that (kt usage adjust, with another reference)."
            : $"The bill gives {Units(given)} back, the records {Units(booked)}, and they agree but for those {Units(booked - given)}: take that back (kt usage adjust, the opposite amount), and where the bill gives it under another item book it there (--model).");
    }

    // Costs may come a day after usage, and a page of them may be missing: then what is not stated is no price of nothing.
    private static Finding? MissingCosts(BillCell cell, BillContext context)
    {
        if (!context.HasCosts || !cell.IsInRecords || cell.Bill.Tokens is not { } tokens || cell.Records.Unpriced > 0
            || (cell.Bill.CostRows > 0 && cell.Bill.NanosByKind.Count == 0))
        {
            return null;
        }

        var missing = TokenCounts.Kinds.Where(kind => tokens[kind] > 0 && !cell.Bill.NanosByKind.ContainsKey(kind)).ToList();
        var rated = missing.Sum(kind => cell.Records.NanosByKind.GetValueOrDefault(kind));
        return rated > 0 && Agrees(cell, cell.CostGap + rated, context)
            ? Drift(
                DriftCause.MissingCosts,
                $"The bill counts these tokens, and states no amount of {string.Join(", ", missing.Select(Name))}: its costs may not be final, or a page of them is missing.{(cell.Bill.CostRows > 0 ? " What it states agrees." : "")}")
            : null;
    }

    // What is left of a difference is within what may differ.
    private static bool Agrees(BillCell cell, decimal gap, BillContext context) => Math.Abs(gap) <= Math.Max(cell.RoundingBound, context.Tolerance.Of(cell));

    private static Finding? Unpriced(BillCell cell, BillContext context) =>
        cell.Records.Unpriced > 0 && context.HasCosts && cell.CostGap > 0
            ? Drift(
                DriftCause.Unpriced,
                [
                    $"{Show.Counted(cell.Records.Unpriced, "record")} of {cell.Records.UnpricedTokens} tokens without a price, counting as nothing: set it (kt prices set), and corrections rate them.",
                    .. (cell.TokenGap?.Total ?? 0) > 0 ? [$"The bill also has {cell.TokenGap!.Value.Total} tokens more than the records, which no price explains."] : Array.Empty<string>(),
                ])
            : null;

    // What is missing on one day must be there on the next, or lie outside of what is compared.
    private static Finding? DayEdge(BillCell cell, BillContext context)
    {
        var gap = context.Gap(cell);
        var inMoney = !context.CostsAgree(cell);
        if (gap == 0)
        {
            return null;
        }

        foreach (var step in new[] { -1, 1 })
        {
            var other = cell.Key.On(cell.Key.Day.AddDays(step));
            var neighbour = context.Cells.GetValueOrDefault(other);
            var isCompared = context.Days.Contains(other.Day);
            var givenBack = neighbour is null ? 0 : context.Gap(neighbour);
            if (isCompared && (givenBack == 0 || givenBack > 0 == gap > 0))
            {
                continue;
            }

            // The bill has more: our calls of the other day, near this one. It has less: ours of this day, near the other.
            var from = gap > 0 ? neighbour?.Records : cell.Records;
            var edge = from is null ? default : (gap > 0) == (step < 0) ? from.Late : from.Early;
            if (edge.Records > 0 && Math.Abs(gap) <= (inMoney ? edge.Nanos + edge.Records : edge.Tokens))
            {
                return Drift(
                    DriftCause.DayEdge,
                    $"{edge.Records} calls within {RecordBook.Edge.TotalMinutes:0} minutes of midnight ({(inMoney ? Units(edge.Nanos) : $"{edge.Tokens} tokens")}) may be billed on the other day; "
                    + (isCompared ? $"{other.Day:yyyy-MM-dd} differs the other way." : $"{other.Day:yyyy-MM-dd} is not compared."));
            }
        }

        return null;
    }

    private static Finding? Open(BillCell cell, BillContext context)
    {
        var open = context.OpenOf(cell).ToList();
        if (open.Count == 0 || context.Gap(cell) <= 0)
        {
            return null;
        }

        var bounds = open.Sum(attempt => attempt.Reserved.Nanos);
        var isCovered = context.CostsAgree(cell) ? cell.Bill.Requests is not { } requests || requests - cell.Records.Requests <= open.Count : context.IsCoveredByOpen(cell);
        var evidence = $"{open.Count} attempts of this day and model have no end yet; up to {Units(bounds)} is set aside for them. Settle them by the bill: kt wallets suspense.";
        return isCovered ? new Finding(BillOutcome.Drift, DriftCause.OpenAttempts, [evidence], open)
            : cell.IsInRecords && (cell.TokenGap?.Total ?? 0) > 0 ? new Finding(BillOutcome.Drift, DriftCause.MissingAttempts, [More(cell), evidence + " That does not explain all."], open)
            : null;
    }

    private static Finding? OneSided(BillCell cell) =>
        cell.IsOnBill && cell.IsInRecords ? null : new Finding(BillOutcome.Unattributed, null, [], []);

    private static Finding? ByTokens(BillCell cell, BillContext context)
    {
        if (cell.TokenGap is not { } gap || gap == default)
        {
            return null;
        }

        var kinds = $"By kind, bill less records: {string.Join(", ", TokenCounts.Kinds.Where(kind => gap[kind] != 0).Select(kind => $"{Name(kind)} {gap[kind]:+0;-0}"))}.";
        return gap.Total switch
        {
            > 0 => Drift(DriftCause.MissingAttempts, More(cell), kinds),
            < 0 => Drift(DriftCause.UnbilledAttempts, Fewer(cell), kinds),
            _ => Drift(DriftCause.TokenKinds, "The bill has as many tokens, but of other kinds.", kinds),
        };
    }

    private static Finding ByPrice(BillCell cell, BillContext context)
    {
        if (!context.IsAboutPrice(cell))
        {
            return Drift(DriftCause.Unexplained, "Nothing known explains it.");
        }

        var share = PriceEvidence.Share(cell);
        if (share < 1 && (context.Discounts.Contains(share) || PriceEvidence.IsSameForAllKinds(cell, share)))
        {
            return Drift(
                DriftCause.Discount,
                [$"The bill is {share * 100:0.##} % of the records, {(context.Discounts.Contains(share) ? "of more than one model" : "of every kind of tokens")}: a discount of {(1 - share) * 100:0.##} % that the price book does not know (kt prices set --discount)?", .. PriceEvidence.Of(cell)]);
        }

        return cell.Bill.Tokens is not null
            ? Drift(DriftCause.Price, PriceEvidence.Of(cell))
            : Drift(
                DriftCause.Unexplained,
                ["The bill counts no tokens: give its pages of usage too (--file), so that more usage can be told from another price.", .. PriceEvidence.Of(cell)]);
    }

    private static string More(BillCell cell) =>
        $"The bill has {cell.TokenGap!.Value.Total} tokens more than the records{Requests(cell)}: calls that bypass the gateway with this key, or that were never recorded.";

    private static string Fewer(BillCell cell) =>
        $"The bill has {-cell.TokenGap!.Value.Total} tokens fewer than the records{Requests(cell)}: it may not be final, or does not charge what was broken off ({cell.Records.BrokenOff} here).";

    private static string Requests(BillCell cell) => cell.Bill.Requests is { } requests ? $" ({requests} requests, {cell.Records.Requests} recorded)" : "";

    private static Finding Drift(DriftCause cause, params IReadOnlyList<string> evidence) => new(BillOutcome.Drift, cause, evidence, []);

    private static string Units(decimal nanos) => BillText.Units(nanos);

    private static string Name(TokenKind kind) => BillText.Name(kind);
}
