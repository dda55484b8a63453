using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Planning;

namespace Platform.Forecast.Variances;

/// <summary>Which class a part of a change is in, and what decided it (docs/forecasting.md, Variance). Pure.</summary>
/// <param name="Policies">Changes of the routing policy in either period.</param>
/// <param name="Prices">Versions of prices that began in either period, but for the first moment of the one before.</param>
internal sealed record VarianceRules(IReadOnlyList<ControlEvent> Policies, IReadOnlyList<PriceRow> Prices)
{
    /// <summary>Of today: which names stand for a model, and which have a price of their own.</summary>
    public PlanBook Book { get; init; } = PlanBook.Empty;

    public VarianceClass ClassOf(Change change) => change.Driver switch
    {
        Driver.Calendar or Driver.Volume or Driver.WorkloadMix or Driver.TokensPerCall => VarianceClass.Growth,
        Driver.LaneMix or Driver.ModelMix => Policies.Count > 0 ? VarianceClass.Control : VarianceClass.Unexplained,
        Driver.Price => PricesOf(change.Cell).Any() ? VarianceClass.Control : VarianceClass.Unexplained,
        Driver.Refusals => change.Side == Side.Asked ? VarianceClass.Growth : VarianceClass.Control,
        Driver.Routing or Driver.Fallback => VarianceClass.Control,
        Driver.Failed or Driver.Duplicates or Driver.Abandoned or Driver.RightSizing => VarianceClass.Waste,
        Driver.Plan => VarianceClass.PlannedInvestment,
        Driver.Corrections => VarianceClass.Unexplained,
    };

    public IEnumerable<PriceRow> PricesOf(CellKey cell)
    {
        var model = Book.Names.ModelOf(cell.Provider, cell.Model);
        return Prices.Where(price => price.Provider == cell.Provider && (price.Model == cell.Model || price.Model == model) && Book.IsPriceOf(cell.Provider, cell.Model, price));
    }
}
