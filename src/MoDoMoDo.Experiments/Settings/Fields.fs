namespace MoDoMoDo.Experiments

open MoDoMoDo.Experiments.Words

/// Every field of a settings file with its meaning, unit, range and default. Defaults are those that were measured on the
/// embedded world (docs/world.md); presets say what differs elsewhere.
module Fields =

    let private lora = [
        count "rank" 16 "rank of the added matrices" ""
        positive "alpha" 32.0 "scale: the added product is multiplied by alpha / rank" ""
        switch "rankStabilised" false "multiply by alpha / sqrt(rank) instead (rsLoRA)"
        texts
            "targets"
            "names of the linear layers that get an adapter: [\"q_proj\", \"v_proj\"]; empty = all of the decoder's attention and MLP"
        maybeText
            "pattern"
            "regular expression that whole module names must match, instead of targets: \".*language_model.*\\\\.(q_proj|v_proj)\""
    ]

    let private warmStart = [
        atLeast 0.0 "seed" 0 "seed of the warm start, apart from the run's own: runs of a sweep share one" ""
        atLeast 0.0 "tagSteps" 120 "steps of the stage that teaches the tower what lies in each cell" ""
        atLeast 0.0 "captionSteps" 400 "steps of captioning with the tower frozen" ""
        atLeast 0.0 "towerSteps" 600 "steps of captioning with the tower trained too" ""
        atLeast 0.0 "instructionSteps" 500 "steps of instruction tuning on the domains with an unreliable teacher" ""
    ]

    let private model = [
        text
            "path"
            "world"
            "the policy to start from: a folder with config.json and model.safetensors (a checkpoint of the Qwen2-VL family, or final/ or best/ of an earlier run), or 'world' for the embedded world's own small policy after its warm start"
        maybeText
            "adapter"
            "folder of a LoRA adapter, as peft writes it, on top of the weights: training goes on from it when trainable is lora, and is merged into the weights first otherwise"
        choice
            [ "decoder"; "all"; "lora" ]
            "trainable"
            "decoder"
            "what is trained: the language model with the vision tower frozen, everything, or LoRA adapters on the decoder"
        choice [ "fp32"; "bf16" ] "dtype" "fp32" "number format of the weights and of the computation"
        maybeWhole
            16.0
            "minPixels"
            "images are enlarged to at least this area before they are cut into patches; null = what the checkpoint says"
            "pixels"
        maybeWhole 16.0 "maxPixels" "images are reduced to at most this area; null = what the checkpoint says" "pixels"
        section lora "lora" "LoRA adapters, when trainable is lora"
        section
            warmStart
            "warmStart"
            "how the embedded world's policy is prepared; cached, and shared by all runs with the same values"
    ]

    let private set = [
        texts "files" "files, folders or patterns with the rows; empty = the embedded set of this name (world-coco ...)"
        text "format" "auto" "how the files are read: auto, or a name that 'modomodo data inspect --help' lists"
        table
            Kind.Text
            (Json.Object [])
            "columns"
            "the file's own column for a part of the sample (id, question, image, options, answer), where it is not the format's: { \"question\": \"problem\" }"
        texts "images" "further folders in which the pictures of the rows may lie"
        maybeText "split" "the split to read where a folder holds several; null = all"
        maybeText
            "verifier"
            "name of the verifier ('modomodo verifiers' lists them), or one of your own as ASSEMBLY.dll:NAME; null = the usual one for this set"
        table
            Kind.Text
            (Json.Object [])
            "parameters"
            "parameters of the verifier: { \"floor\": \"0.5\" }; box thresholds may change with the step: { \"threshold\": \"0:0.5, 500:0.75\" }"
        maybeText
            "template"
            "how a row becomes a prompt ('modomodo data inspect --help' lists the templates); null = the usual one for this set"
        maybeWhole 1.0 "limit" "use at most this many rows" "rows"
    ]

    let private sets (embedded: string list) name meaning =
        table (Kind.Section set) (Json.Object [ for set in embedded -> set, Json.Object [] ]) name meaning

    let private world = [
        atLeast 0.0 "seed" 20250530 "seed of the pictures and questions" ""
        bounded
            1.0
            3
            "level"
            1
            "how hard the pictures are: 1 is the world of the ten-minute run, 3 has finer positions, more things and more noise"
            "1, 2 or 3"
        count "trainItems" 3000 "training items of each domain" "items"
        count "heldBackItems" 100 "items of each domain for choosing the best checkpoint" "items"
        count "testItems" 200 "test items of each domain, never trained on" "items"
        count "fitItems" 200 "items of each benchmark whose scores the predictor is fitted on" "items"
        count "confirmItems" 400 "items of each benchmark that confirm a proposal" "items"
    ]

    let private data = [
        sets Embedded.domains "domains" "training domains by name"
        sets Embedded.benchmarks "benchmarks" "unseen benchmarks by name"
        choice
            [ "strict"; "compat" ]
            "scoring"
            "strict"
            "how benchmarks are scored: strictly, or as their public scorers do, quirks included"
        number
            0.0
            0.5
            "heldBack"
            0.02
            "share of the rows of each domain in files that is held back for choosing the best checkpoint"
            "in [0, 0.5]"
        number
            0.0
            0.5
            "test"
            0.02
            "share of the rows of each domain in files that is its own test, never trained on"
            "in [0, 0.5]"
        section world "world" "the embedded world of drawn pictures"
    ]

    let private bandit = [
        positive "temperature" 0.2 "weights are proportional to exp(value / temperature)" ""
        notNegative "exploration" 0.5 "factor of the bonus of domains that were drawn little" ""
        count "window" 64 "prompts of a domain over which its advantage is averaged" "prompts"
    ]

    let private mixture = [
        maybeTable
            (Kind.Number(0.0, 1.0))
            "weights"
            "share of the prompts that come from each domain, summing to 1; a domain that is not named has 0; null = equal shares"
            "in [0, 1]"
        choice
            [ "quota"; "iid" ]
            "draw"
            "quota"
            "how domains are drawn: counts always within 1 of the weights, or independently as in the paper"
        choice
            [ "stop"; "repeat" ]
            "exhausted"
            "repeat"
            "when a domain has no unseen row left: end the run, as the paper does, or start its rows again in a new order"
        choice
            [ "none"; "bandit" ]
            "online"
            "none"
            "whether the weights change during the run: a bandit draws more from domains whose answers still differ in reward, starting from the weights"
        section bandit "bandit" "the online bandit"
        maybeText
            "bounds"
            "JSON file of bounds that the weights of an online mixture stay within ('modomodo mixture propose --help'); null = none"
    ]

    let private shaping = [
        any "weight" 1.0 "factor on the quantity before it is added to the reward"
        table Kind.Text (Json.Object []) "parameters" "parameters of the shaping: { \"longest\": \"256\" }"
    ]

    let private rollout = [
        count "prompts" 32 "prompts of one batch" "prompts"
        atLeast 2.0 "generations" 8 "completions of each prompt: a group" "completions"
        bounded 1.0 Machine.mostTokens "maxNewTokens" 11 "longest completion" "tokens"
        positive "temperature" 1.0 "sampling temperature; log-probabilities are taken at it" ""
        number 1e-9 1.0 "topP" 1.0 "draw from the most probable tokens that hold this share; 1 = off" "in (0, 1]"
        atLeast 0.0 "topK" 0 "draw from this many most probable tokens; 0 = off" "tokens"
        number 0.0 0.999999 "minP" 0.0 "leave out tokens below this share of the most probable one; 0 = off" "in [0, 1)"
        positive "repetitionPenalty" 1.0 "factor against tokens that have occurred; 1 = off" ""
        atLeast
            0.0
            "maxPromptTokens"
            0
            "rows with longer prompts are left out and counted, never cut; 0 = no limit"
            "tokens"
        atLeast 0.0 "promptsAtOnce" 0 "prompts that are rolled out together; 0 = all of the batch" "prompts"
        switch "maskTruncated" false "leave completions that reached maxNewTokens out of the loss"
        any "rewardScale" 1.0 "factor on verdicts; the paper's 2-and-1 scale is 3"
        table
            (Kind.Section shaping)
            (Json.Object [])
            "shaping"
            "quantities of length and repetition that are added to rewards: cosine, soft-overlong, repetition or kimi ('modomodo verifiers' explains them)"
        switch "shuffleRewards" false "permute the rewards within each group: a control in which nothing can be learned"
        atLeast
            0.0
            "refills"
            0
            "dynamic sampling: how often a domain's groups without signal are replaced by further prompts; 0 = never"
            ""
        bounded
            0.0
            Machine.mostThreads
            "graderThreads"
            1
            "threads that grade completions; 0 = one for each processor"
            "threads"
    ]

    let private loss = [
        choice
            [ "grpo"; "bnpo"; "dr_grpo"; "dapo"; "cispo"; "sapo"; "luspo"; "vespo" ]
            "loss"
            "dr_grpo"
            "loss and its normaliser, by TRL's names"
        atLeast 0.0 "lossLength" 3 "dr_grpo's constant length; 0 = maxNewTokens" "tokens"
        choice
            [ "token"; "sequence" ]
            "importanceLevel"
            "token"
            "whether a ratio belongs to a token or to its whole sequence (GSPO)"
        notNegative
            "beta"
            0.0
            "weight of the KL divergence from the policy that training started from; 0 = no reference policy"
            ""
        switch "biasCorrectedKl" true "multiply the KL estimate by the importance ratio"
        number 0.0 0.999999 "epsilonLow" 0.2 "ratios below 1 - epsilonLow are clipped" "in [0, 1)"
        positive
            "epsilonHigh"
            0.2
            "ratios above 1 + epsilonHigh are clipped (cispo: above epsilonHigh itself, 5 is usual)"
            ""
        maybeNumber System.Double.Epsilon "delta" "upper bound of the ratio in the unclipped branch" ""
        share
            "topEntropyQuantile"
            1.0
            "share of the tokens, by entropy from the top, that the policy loss keeps; 1 = all"
        any "entropyCoefficient" 0.0 "weight of the entropy bonus"
        maybeNumber
            -infinity
            "offPolicyThreshold"
            "rows of negative advantage whose mean drift from the sampling policy exceeds this are left out"
            "nats"
        positive "sapoTemperaturePositive" 1.0 "sapo's temperature where the advantage is positive" ""
        positive "sapoTemperatureNegative" 1.05 "sapo's temperature elsewhere" ""
        any "vespoPowerPositive" 2.0 "vespo's power where the advantage is not negative"
        any "vespoDecayPositive" 3.0 "vespo's decay where the advantage is not negative"
        any "vespoPowerNegative" 3.0 "vespo's power where the advantage is negative"
        any "vespoDecayNegative" 2.0 "vespo's decay where the advantage is negative"
    ]

    let private optimiser = [
        choice [ "sgd"; "adam_w" ] "optimiser" "sgd" "the rule that turns gradients into updates"
        positive "learningRate" 0.008 "highest learning rate" ""
        number 0.0 0.999999999 "momentum" 0.9 "sgd: momentum" "in [0, 1)"
        number 0.0 0.999999999 "beta1" 0.9 "adam_w: decay of the mean of the gradients" "in [0, 1)"
        number 0.0 0.999999999 "beta2" 0.999 "adam_w: decay of the mean of their squares" "in [0, 1)"
        positive "epsilon" 1e-8 "adam_w: added to the root of the mean square" ""
        notNegative "weightDecay" 0.0 "decoupled weight decay; biases and norms are left out" ""
        notNegative "maxGradientNorm" 5.0 "gradients are scaled down to this norm; 0 = off" ""
        choice [ "linear"; "cosine"; "constant" ] "schedule" "linear" "how the learning rate falls after the warm-up"
        atLeast 0.0 "warmupSteps" 10 "steps over which the learning rate rises" ""
        switch
            "warmupFromZero"
            false
            "the first rate is 0, as in the reference; false: learningRate / warmupSteps, so that no step is lost"
        share "finalShare" 0.05 "learning rate at the last step as a share of the highest"
        atLeast 0.0 "decaySteps" 0 "step at which the decay ends; 0 = the last step" ""
    ]

    let private training =
        [
            atLeast 0.0 "steps" 80 "optimiser steps" ""
            count "iterations" 1 "passes over one batch of completions" ""
            count "stepsPerIteration" 1 "optimiser steps of a pass: the batch's groups are dealt to so many" ""
            atLeast
                0.0
                "microBatchPrompts"
                0
                "prompts whose groups pass through the network together; 0 = all of the step; does not change the update"
                "prompts"
            switch
                "activationCheckpointing"
                false
                "keep the input of each layer alone and compute the layer again in the backward pass: much less memory, about a third more time; does not change the update"
            atLeast
                0.0
                "logProbPositions"
                0
                "positions whose logits are held at a time, computed again in the backward pass; 0 = as many as take 256 MiB; does not change the update"
                "positions"
            choice [ "group"; "batch"; "none" ] "advantageScale" "group" "what centred rewards are divided by"
            choice
                [ "sum_then_normalise"; "normalise_then_sum" ]
                "aggregation"
                "sum_then_normalise"
                "how several rewards become one advantage; the second couples domains"
            switch
                "balanceDomains"
                false
                "each domain's weight in the loss is its mixture weight, whatever the lengths of its answers"
            switch "skipZeroVariance" true "groups without advantage are left out of the pass; they stay in the count"
            atLeast
                0.0
                "domainGradientsEvery"
                0
                "at every so many steps the gradient's norm is measured domain by domain; 0 = never"
                "steps"
            atLeast 0.0 "featureCacheMiB" 512 "memory for the features of images while the tower is frozen" "MiB"
        ]
        @ loss
        @ optimiser

    let private evaluation = [
        atLeast 0.0 "every" 0 "score at every so many steps, besides the end; 0 = at the end only" "steps"
        switch "benchmarksToo" false "score the benchmarks then too, not only the held-back items of the domains"
        choice [ "sampled"; "greedy" ] "decoding" "sampled" "how answers are drawn when scoring"
        count "samples" 4 "sampled answers for each item" ""
        positive "temperature" 1.0 "temperature of sampled scoring" ""
        bounded 0.0 Machine.mostTokens "maxNewTokens" 0 "longest answer; 0 = as in rollout" "tokens"
        choice
            [ "macro"; "weighted" ]
            "aggregate"
            "macro"
            "how benchmarks become one score: their plain mean, or weighted by their items as in the paper"
        choice
            [ "all"; "fit"; "confirm"; "both" ]
            "half"
            "all"
            "which items of the benchmarks are scored: all, one half (rows of even number: fit, of odd number: confirm), or both halves apart"
        atLeast 0.0 "limit" 0 "score at most this many items of each set; 0 = all" "items"
        atLeast 0.0 "seed" 0 "seed of the sampled answers, the same for all policies that are compared" ""
        count "itemsAtOnce" 64 "items that are answered together; does not change the scores" "items"
    ]

    let private checkpoint = [
        atLeast 0.0 "every" 20 "write a checkpoint at every so many steps; 0 = at the end and when interrupted" "steps"
        count "keep" 2 "checkpoints that are kept" ""
    ]

    let private log = [
        atLeast 0.0 "completionsEvery" 10 "write completions of the batch at every so many steps; 0 = never" "steps"
        atLeast 0.0 "completionGroups" 5 "groups whose completions are written then; 0 = all" "groups"
        atLeast 0.0 "imagesMiB" 16 "budget of the images that are kept beside the completions; 0 = none" "MiB"
        switch "tensorBoard" true "write event files for TensorBoard"
    ]

    let private sweep = [
        count "pilotSeeds" 1 "runs of each pilot mixture, with different seeds" "runs"
        atLeast 0.0 "spaceFilling" 6 "space-filling mixtures beside the paper's 11 seeds" "mixtures"
        switch "heuristics" false "the paper's heuristic mixtures too, computed from the seeds' scores"
        count "confirmationSeeds" 3 "fresh seeds on which proposal, best seed and uniform are compared in pairs" "seeds"
        number
            0.0
            0.95
            "checkAt"
            0.5
            "share of the steps after which the runs of a sweep with rounds are scored, and hopeless proposals end; 0 = never"
            "in [0, 0.95]"
        number
            0.0
            1.0
            "hopeless"
            0.05
            "a proposal ends there when its chance to become better than the best finished run is below this; 0 = never"
            "in [0, 1]"
        text
            "target"
            "composite:mean"
            "what is optimised: composite:mean, composite:min, a benchmark's name, or composite:a=2,b=1"
    ]

    /// The whole settings file.
    let all: Kind =
        Kind.Section [
            atLeast
                0.0
                "seed"
                0
                "seed of everything that is drawn: a run is a function of its settings and this number"
                ""
            bounded
                1.0
                Machine.mostThreads
                "threads"
                1
                "threads of one run; results depend on it in their last digits"
                "threads"
            text "device" "cpu" "where tensors live: cpu, cuda or cuda:N"
            section model "model" "the policy"
            section data "data" "what is trained on and scored on"
            section mixture "mixture" "how the domains are mixed"
            section rollout "rollout" "how completions are sampled"
            section training "training" "the update"
            section evaluation "evaluation" "scoring"
            section checkpoint "checkpoint" "what a stopped run resumes from"
            section log "log" "what a run writes besides its figures"
            section sweep "sweep" "the outer loop: quickstart and sweep"
        ]
