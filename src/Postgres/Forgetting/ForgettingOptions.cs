using System.ComponentModel.DataAnnotations;

namespace Platform.Postgres.Forgetting;

/// <summary>How long a service remembers which messages it has taken in and which changes it has answered.</summary>
public sealed class ForgettingOptions : IValidatableObject
{
    public const string Section = "Forgetting";

    private const int FewestMessageDays = 7;
    private const int FewestAnswerDays = 30;

    /// <summary>Days that ids of messages are kept; 0 keeps all. One that is delivered again after that is taken for new.</summary>
    [Range(0, 3_650)]
    public int MessageDays { get; set; } = 90;

    /// <summary>Days that answers to changes are kept with their idempotency keys; 0 keeps all. After that the same key is a new change.</summary>
    [Range(0, 3_650)]
    public int AnswerDays { get; set; } = 400;

    /// <summary>Pause between two looks, in minutes.</summary>
    [Range(1, 1_440)]
    public int LookMinutes { get; set; } = 60;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MessageDays is > 0 and < FewestMessageDays)
        {
            yield return new ValidationResult($"Forgetting:MessageDays must be 0 (keep all) or at least {FewestMessageDays}: a broker may be away for days and then deliver again. It is {MessageDays}.");
        }

        if (AnswerDays is > 0 and < FewestAnswerDays)
        {
            yield return new ValidationResult($"Forgetting:AnswerDays must be 0 (keep all) or at least {FewestAnswerDays}: a change that is repeated after its key was forgotten is made twice. It is {AnswerDays}.");
        }
    }
}
