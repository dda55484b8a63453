using System.ComponentModel.DataAnnotations;
using Platform.Contracts;
using Platform.Wallet.Identity;

namespace Platform.Wallet.Start;

/// <summary>What an empty database begins with. Tokens are secrets: from the environment only.</summary>
public sealed class BootstrapOptions : IValidatableObject
{
    public const string Section = "Bootstrap";

    private const string TokenMessage = "{0} must be 'kt_live_' and 43 characters of A-Z, a-z, 0-9, '_' and '-': set it in the environment (Bootstrap__…).";

    [Required]
    [StringLength(200, MinimumLength = 1)]
    public string Organisation { get; set; } = "Organisation";

    /// <summary>The first owner's token.</summary>
    [Required]
    [RegularExpression(KeySecret.Pattern, ErrorMessage = TokenMessage)]
    public string OwnerToken { get; set; } = "";

    /// <summary>The token that the platform's services call each other with.</summary>
    [Required]
    [RegularExpression(KeySecret.Pattern, ErrorMessage = TokenMessage)]
    public string ServiceToken { get; set; } = "";

    /// <summary>The inference key of the first team, team_support.</summary>
    [Required]
    [RegularExpression(KeySecret.Pattern, ErrorMessage = TokenMessage)]
    public string SupportKey { get; set; } = "";

    /// <summary>What the organisation's wallet is credited with once, in units of currency, at most nine decimal places; 0 for nothing.</summary>
    [Range(typeof(decimal), "0", "9000000000")]
    public decimal OpeningAmount { get; set; }

    /// <summary>The organisation's one currency, ISO 4217. It cannot change later.</summary>
    [Required]
    [RegularExpression("^[A-Z]{3}$")]
    public string Currency { get; set; } = "USD";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Money.TryFromDecimal(OpeningAmount, out _))
        {
            yield return new ValidationResult("OpeningAmount must have at most nine decimal places.", [nameof(OpeningAmount)]);
        }

        if (new[] { OwnerToken, ServiceToken, SupportKey }.Distinct().Count() < 3)
        {
            yield return new ValidationResult("OwnerToken, ServiceToken and SupportKey must differ.", [nameof(OwnerToken)]);
        }
    }
}
